"""Indexed at once with a static encoder, then with the bundled one (here: tiny models)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import indexer.upgrade
from engine.collection import open_collection
from engine.models.checkpoints.presets import PRESETS, Preset
from engine.recipe import Recipe
from engine.store.generation import open_generation
from indexer.ingest import ingest
from tests.conftest import Models, Winnow
from tests.support.checkpoints import tiny_static
from tests.support.documents import topical, write_records

QUICK = Recipe(fusion="minmax", dense_weight=0.25, rerank="none")  # a weight without a fusion is one of min-max


@pytest.fixture
def preset(tmp_path: Path, models: Models, monkeypatch: pytest.MonkeyPatch) -> str:
    """A preset like `fast`, whose static encoder reads as much as the tiny encoder that is `bundled` here."""
    static = tiny_static(tmp_path / "static")
    declared = {"max_tokens": 62, "recipe": {"dense_weight": 0.25, "rerank": "none"}}
    (static / "config_sentence_transformers.json").write_text(json.dumps({"winnow": declared}))
    monkeypatch.setitem(PRESETS, "quick", Preset(str(static), models.reranker))
    monkeypatch.setattr(indexer.upgrade, "BUNDLED", models.encoder)
    return "quick"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_records(tmp_path / "r.jsonl", topical(30))


def test_quick_at_first_then_as_if_it_had_always_been_bundled(
    winnow: Winnow, tmp_path: Path, file: Path, models: Models, preset: str
) -> None:
    home = ("--home", tmp_path / "home")
    assert winnow("ingest", file, *home, "--preset", preset).code == 0
    found = winnow("search", "the river", *home, "--json").json
    assert found["models"] == {"encoder": PRESETS[preset].encoder} and found["hits"]
    assert "encoder " + PRESETS[preset].encoder in winnow("search", "the river", *home, "--explain").err
    assert winnow("stats", *home, "--json").json["recipe"] == QUICK.to_json()

    upgraded = winnow("ingest", file, *home, "--preset", preset, "--upgrade", "--json").json
    assert (upgraded["unchanged"], upgraded["upgrade"]["embedded"]) == (30, 30)
    found = winnow("search", "the river", *home, "--json").json
    assert found["models"] == {"encoder": models.encoder, "reranker": models.reranker}

    ingest([file], home=tmp_path / "other", collection="default", encoder=models.encoder, reranker=models.reranker)
    with open_generation(tmp_path / "home", "default") as mine, open_generation(tmp_path / "other", "default") as other:
        assert mine.manifest.recipe == other.manifest.recipe == Recipe()
        assert mine.manifest.query_fingerprint == other.manifest.query_fingerprint
    for query in ("the river", "bridge of the city"):
        with open_collection("default", home=tmp_path / "other") as opened:
            expected = [(hit.chunk.id, hit.score) for hit in opened.search(query).hits]
        with open_collection("default", home=tmp_path / "home") as opened:
            assert [(hit.chunk.id, hit.score) for hit in opened.search(query).hits] == expected

    more = write_records(tmp_path / "more.jsonl", topical(31))
    again = winnow("ingest", more, *home, "--preset", preset, "--upgrade", "--json")
    assert again.code == 0 and again.json["upgrade"] is None and again.json["added"] + again.json["updated"] >= 1


def test_an_upgrade_that_was_cut_short_is_completed(
    winnow: Winnow, tmp_path: Path, file: Path, models: Models, preset: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    home = ("--home", tmp_path / "home")
    with monkeypatch.context() as patch:
        patch.setattr(indexer.upgrade, "reembed", interrupted)
        assert winnow("ingest", file, *home, "--preset", preset, "--upgrade").code == 130
    assert winnow("search", "the river", *home, "--json").json["models"] == {"encoder": PRESETS[preset].encoder}
    assert winnow("ingest", file, *home, "--preset", preset, "--upgrade").code == 0
    assert winnow("stats", *home, "--json").json["models"]["encoder"] == models.encoder


def test_nothing_to_upgrade(winnow: Winnow, tmp_path: Path, preset: str) -> None:
    (tmp_path / "empty").mkdir()
    outcome = winnow("ingest", tmp_path / "empty", "--home", tmp_path / "home", "--preset", preset, "--upgrade")
    assert outcome.code == 0


@pytest.mark.parametrize(
    ("options", "said"), [(["--preset", "slow"], "Known: fast"), (["--preset", "fast", "--models", "x"], "exclude")]
)
def test_wrong_options(winnow: Winnow, tmp_path: Path, file: Path, options: list[str], said: str) -> None:
    outcome = winnow("ingest", file, "--home", tmp_path / "home", *options)
    assert outcome.code == 2 and said in outcome.err
