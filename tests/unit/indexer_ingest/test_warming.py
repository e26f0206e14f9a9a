import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.collection import open_collection
from engine.errors import UsageError
from engine.models import load_reranker
from engine.types import Passage
from indexer.in_document import open_document
from indexer.ingest import ingest
from indexer.warming import warm
from tests.conftest import Models
from tests.support.late_interaction import tiny_late_interaction


@pytest.fixture
def reranker(tmp_path: Path) -> str:
    path = tiny_late_interaction(tmp_path / "late", dense=16)
    config = path / "config_sentence_transformers.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"winnow": {"tokens": "2 bits"}}))
    return str(path)


@pytest.fixture
def home(tmp_path: Path, models: Models, reranker: str) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    for number in range(5):
        (folder / f"{number}.txt").write_text(f"The river runs by city number {number}.")
    ingest([folder], home=tmp_path / "home", collection="c", encoder=models.encoder, reranker=reranker)
    return tmp_path / "home"


def reads(model: Any, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Counts the texts that a model's runtime is given."""
    counted: list[int] = []
    run = model._runtime.run
    monkeypatch.setattr(model._runtime, "run", lambda ids, *rest: counted.append(len(ids)) or run(ids, *rest))
    return counted


def test_a_question_reads_nothing_that_was_read_ahead(
    home: Path, tmp_path: Path, setting: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    setting(cache=tmp_path / "cache", reranker_disk_mb=10)
    told: list[tuple[int, int]] = []
    with open_collection("c", home=home) as collection:
        expected = collection.search("the river").hits
        assert warm(collection, lambda *so_far: told.append(so_far)).read == 0  # the question has read all five
    (tmp_path / "cache" / "reranker.sqlite").unlink()
    monkeypatch.setattr("engine.models._loaded", {})  # as another process
    with open_collection("c", home=home) as collection:
        done = warm(collection, lambda *so_far: told.append(so_far))
        assert (done.passages, done.read) == (5, 5) and told[-1] == (5, 5)
        assert warm(collection).read == 0
    monkeypatch.setattr("engine.models._loaded", {})
    with open_collection("c", home=home) as collection:
        counted = reads(collection.searcher.reranker, monkeypatch)
        hits = collection.search("the river").hits
        assert counted == [1]  # the question itself
    assert [(hit.document.id, hit.stages) for hit in hits] == [(hit.document.id, hit.stages) for hit in expected]


def test_deleted_passages_are_not_read(home: Path, tmp_path: Path, setting: Callable[..., None]) -> None:
    from indexer.delete import delete

    setting(cache=tmp_path / "cache", reranker_disk_mb=10)
    with open_collection("c", home=home) as collection:
        gone = collection.search("number 3", 1).hits[0].document.id
    delete(home, "c", [gone])
    with open_collection("c", home=home) as collection:
        assert warm(collection).passages == 4


def test_a_reranker_that_reads_both_at_once_is_refused(
    home: Path, models: Models, tmp_path: Path, setting: Callable[..., None]
) -> None:
    setting(cache=tmp_path / "cache", reranker_disk_mb=10)
    reasons = {
        models.reranker: "cannot read a passage before it knows the question",
        "none": "^Nothing is reranked in c,",
    }
    for other, reason in reasons.items():
        refused = pytest.raises(UsageError, match=reason)
        with open_collection("c", home=home, reranker=other) as collection, refused:
            warm(collection)


def test_where_nothing_is_kept_the_setting_is_named(home: Path, setting: Callable[..., None]) -> None:
    setting(reranker_disk_mb=0)
    with open_collection("c", home=home) as collection, pytest.raises(UsageError, match="not kept") as caught:
        warm(collection)
    assert "WINNOW_RERANKER_DISK_MB" in caught.value.remedy


def test_nothing_is_kept_of_a_document_that_is_not_stored(
    reranker: str, models: Models, tmp_path: Path, setting: Callable[..., None]
) -> None:
    setting(cache=tmp_path / "cache", reranker_disk_mb=10)
    (tmp_path / "letter.txt").write_text("The river is a secret.")
    with open_document(tmp_path / "letter.txt", encoder=models.encoder, reranker=reranker) as document:
        assert document.search("the river").hits
    assert load_reranker(reranker).score("the river", [Passage("as strangers send them")]).shape == (1,)
    with sqlite3.connect(tmp_path / "cache" / "reranker.sqlite") as kept:
        assert kept.execute("SELECT count(*) FROM passages").fetchone() == (0,)
