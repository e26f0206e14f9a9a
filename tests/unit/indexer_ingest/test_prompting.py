"""Prompts of a collection: of the user, of the model's files, of its family; kept, and used by every search."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine.collection import open_collection
from engine.errors import UsageError
from engine.models import load_encoder
from engine.models.checkpoints.families import FAMILIES, family_of
from engine.models.encoders.prompting import prompted
from engine.store.collections import collection_stats
from indexer.ingest import ingest
from indexer.prompting import NO_PROMPTS, AskedPrompts
from indexer.reembed import reembed
from indexer.report import IngestReport
from tests.support.checkpoints import tiny_encoder, tiny_static

E5 = {"query": "query: ", "document": "passage: "}


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "a.txt").write_text("The river is wide.", "utf-8")
    return folder


def run(home: Path, notes: Path, encoder: Path, prompts: AskedPrompts = NO_PROMPTS) -> IngestReport:
    return ingest([notes], home=home, collection="c", encoder=str(encoder), reranker="none", prompts=prompts)


def vector_of(home: Path, query: str) -> np.ndarray:
    with open_collection("c", home=home) as collection:
        return collection.searcher.encoder.encode([query], role="query")[0]


@pytest.mark.parametrize(
    ("folder", "family"),
    [
        ("e5-small-v2", "e5"),
        ("multilingual-e5-base", "e5"),
        ("multilingual-e5-large-instruct", "e5 with instructions"),
        ("e5-mistral-7b-instruct", "e5 with instructions"),
        ("bge-small-en-v1.5", "bge"),
        ("BGE-Large-en", "bge"),
        ("bge-base-zh-v1.5", "bge (Chinese)"),
        ("gte-Qwen2-1.5B-instruct", "gte with instructions"),
        ("instructor-xl", "instructor"),
        ("mxbai-embed-large-v1", "mxbai"),
        ("snowflake-arctic-embed-m-v1.5", "snowflake"),
        ("snowflake-arctic-embed-l-v2.0", "snowflake 2"),
        ("models--intfloat--e5-base-v2/snapshots/1a2b", "e5"),
        ("bge-m3", None),
        ("gte-modernbert-base", None),
        ("all-MiniLM-L6-v2", None),
        ("bge-reranker-base", None),
        ("me5-notes", None),
        ("e5-things/encoder", None),
    ],
)
def test_a_model_is_of_the_family_that_its_name_says(folder: str, family: str | None) -> None:
    found = family_of(Path("/models") / folder)
    assert (found and found.name) == family


def test_every_family_has_a_prompt() -> None:
    assert all(family.query and set(family.prompts) == {"query", "document"} for family in FAMILIES)


@pytest.mark.parametrize("make", [tiny_encoder, tiny_static])
def test_a_family_gives_its_prompts_where_the_files_declare_none(make: object, tmp_path: Path) -> None:
    assert callable(make)
    plain, e5 = load_encoder(str(make(tmp_path / "plain"))), load_encoder(str(make(tmp_path / "e5-small")))
    assert e5.fingerprint.prompts == E5 and plain.fingerprint.prompts == {"query": "", "document": ""}
    assert np.allclose(e5.encode(["water"], role="query"), plain.encode(["query: water"], role="query"))
    assert np.allclose(e5.encode(["water"]), plain.encode(["passage: water"]))


def test_what_the_files_declare_comes_before_the_family(tmp_path: Path) -> None:
    encoder = load_encoder(str(tiny_encoder(tmp_path / "e5-small", prompts={"query": "search "})))
    assert encoder.fingerprint.prompts == {"query": "search ", "document": ""}


def test_other_prompts_take_room_and_leave_the_encoder_as_it_was(tmp_path: Path) -> None:
    encoder = load_encoder(str(tiny_encoder(tmp_path / "plain")))
    before, room = encoder.fingerprint, encoder.max_tokens
    other = prompted(encoder, {"query": "rank the food ", "document": ""})
    assert encoder.fingerprint == before and encoder.max_tokens == room
    assert other.max_tokens < room and other.fingerprint.differences(before) == ["prompts", "max_tokens"]
    assert prompted(encoder, before.prompts) is encoder


def test_a_new_collection_says_whose_prompts_it_uses(home: Path, notes: Path, tmp_path: Path) -> None:
    report = run(home, notes, tiny_encoder(tmp_path / "e5-small"))
    assert len(report.notes) == 1 and "'query: '" in report.notes[0] and "'passage: '" in report.notes[0]
    assert collection_stats(home, "c").prompts == E5
    assert run(home, notes, tmp_path / "e5-small").notes == []


def test_no_prompt_is_spoken_of_where_the_files_declare_them_or_none_is_needed(
    home: Path, notes: Path, tmp_path: Path
) -> None:
    assert run(home, notes, tiny_encoder(tmp_path / "e5-small", prompts=E5)).notes == []


def test_the_users_prompts_are_kept_and_a_search_uses_them_by_itself(home: Path, notes: Path, tmp_path: Path) -> None:
    encoder = tiny_encoder(tmp_path / "plain")
    run(home, notes, encoder, AskedPrompts("rank ", "food "))
    assert collection_stats(home, "c").prompts == {"query": "rank ", "document": "food "}
    assert np.allclose(vector_of(home, "water"), load_encoder(str(encoder)).encode(["rank water"])[0])
    (notes / "b.txt").write_text("The bridge is old.", "utf-8")
    assert run(home, notes, encoder).added == 1


def test_a_collection_keeps_the_prompts_that_it_was_made_with(home: Path, notes: Path, tmp_path: Path) -> None:
    encoder = tiny_encoder(tmp_path / "plain")
    run(home, notes, encoder, AskedPrompts(query="rank "))
    with pytest.raises(UsageError, match="query prompt 'rank '"):
        run(home, notes, encoder, AskedPrompts(query="other "))
    assert run(home, notes, encoder, AskedPrompts(query="rank ")).failed == []


def test_a_collection_made_before_a_familys_prompts_were_known_goes_on_without(
    home: Path, notes: Path, tmp_path: Path
) -> None:
    encoder = tiny_encoder(tmp_path / "e5-small")
    first = run(home, notes, encoder, AskedPrompts("", ""))
    assert "none for queries and documents" in first.notes[0] and "reembed" in first.notes[0]
    again = run(home, notes, encoder)
    assert again.notes == first.notes and collection_stats(home, "c").prompts == {"query": "", "document": ""}
    plain = load_encoder(str(tiny_encoder(tmp_path / "plain")))
    assert np.allclose(vector_of(home, "water"), plain.encode(["water"])[0])


def test_reembedding_brings_other_prompts(home: Path, notes: Path, tmp_path: Path) -> None:
    encoder = tiny_encoder(tmp_path / "e5-small")
    run(home, notes, encoder, AskedPrompts("", ""))
    assert reembed(home, "c", str(encoder)).embedded == 1
    assert collection_stats(home, "c").prompts == E5
    reembed(home, "c", str(encoder), prompts=AskedPrompts(document="food "))
    assert collection_stats(home, "c").prompts == {"query": "query: ", "document": "food "}


def test_a_prompt_that_is_no_text_is_refused(home: Path, notes: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no text"):
        run(home, notes, tiny_encoder(tmp_path / "plain"), AskedPrompts(document="x\udcff"))


def test_settings_give_prompts_to_new_collections(
    home: Path, notes: Path, tmp_path: Path, setting: Callable[..., None]
) -> None:
    encoder = tiny_encoder(tmp_path / "e5-small")
    setting(query_prompt="rank ")
    run(home, notes, encoder)
    assert collection_stats(home, "c").prompts == {"query": "rank ", "document": "passage: "}
    setting(query_prompt="other ")
    assert run(home, notes, encoder).failed == []
    assert collection_stats(home, "c").prompts["query"] == "rank "


def test_a_prompt_that_leaves_no_room_is_refused(home: Path, notes: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="The prompt leaves"):
        run(home, notes, tiny_encoder(tmp_path / "plain"), AskedPrompts(query="food to rank " * 40))
