"""Calibrations: a probability, monotone, stored and chosen for the models it belongs to; and what a search makes of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import engine.query.relevance
from engine.collection import Collection, open_collection
from engine.errors import UnsupportedModel, UsageError
from engine.lexical.query import parse_query
from engine.models import load_encoder
from engine.models.rerankers.digest import reranker_digest
from engine.probability.calibration import RIVALS, Calibration, ComparedScores
from engine.probability.gate import SIGNS, Gate
from engine.query.exact import holds_all
from engine.query.pipeline import Request, Searcher
from engine.query.ranking import Ranking
from engine.query.relevance import compared_scores, lexical_limit, relevance
from engine.recipe import Recipe
from engine.store.generation import open_generation
from engine.store.manifest import Manifest
from engine.store.writer import open_writer
from engine.types import Chunk
from indexer.ingest import ingest
from tests.conftest import Models, Winnow
from tests.support.documents import topical, write_records
from tests.support.rerankers import Judge

NAMES = ("reranker", "dense", "lexical")
finite = st.floats(-50, 50)
weights = st.fixed_dictionaries(dict.fromkeys(NAMES, st.floats(0, 20)))
scores = st.fixed_dictionaries(dict.fromkeys(NAMES, finite))
rivals = st.lists(finite, max_size=RIVALS)


def one_score(own: list[float], *others: list[float]) -> ComparedScores:
    padded = [[*few, *[np.nan] * (RIVALS - len(few))] for few in others]
    return ComparedScores(np.array(own), np.array(padded).reshape(len(own), RIVALS))


@given(weights, scores, finite, scores, scores, rivals)
def test_a_probability_that_no_better_score_lowers(
    given_weights: dict[str, float],
    typical: dict[str, float],
    bias: float,
    one: dict[str, float],
    other: dict[str, float],
    others: list[float],
) -> None:
    calibration = Calibration("e", "r", given_weights, typical, bias)
    found = {name: one_score([one[name], max(one[name], other[name])], others, others) for name in NAMES}
    low, high = calibration.probability(found)
    assert 0.0 <= low <= high <= 1.0
    assert Calibration.from_json(json.loads(json.dumps(calibration.to_json()))) == calibration


def test_a_lead_by_hand() -> None:
    calibration = Calibration("e", None, {"dense": 2.0}, {"dense": 0.25}, -1.0)
    found = calibration.probability({"dense": one_score([0.75, 0.75, -1e300], [], [0.75] * 9, [0.5])})
    assert found.tolist() == pytest.approx([0.5, 1 / (1 + np.exp(1.0)), 0.0])


@pytest.mark.parametrize(("weight", "bias"), [(-0.1, 0.0), (float("nan"), 0.0), (1.0, float("nan"))])
def test_a_calibration_that_is_none(weight: float, bias: float) -> None:
    with pytest.raises(UsageError):
        Calibration("e", "r", {"dense": weight}, {"dense": 0.0}, bias)


def test_scores_are_absolute_and_what_is_not_listed_is_least() -> None:
    dense = [(f"d{rank}", 0.9 - rank / 100) for rank in range(20)]
    stages = {"lexical": [("a", 6.0), ("b", 3.0)], "dense": dense, "fusion": []}
    ranking = Ranking(stages, "rerank", {}, {}, (), {"a": 4.0, "b": -2.0}, 12.0)  # type: ignore[arg-type]
    found = compared_scores(ranking, ["a", "b", "d3", "d15"])
    assert found["reranker"].own.tolist() == [4.0, -2.0, -2.0, -2.0]
    assert found["dense"].own.tolist() == pytest.approx([0.71, 0.71, 0.87, 0.75])
    assert found["lexical"].own.tolist() == [0.5, 0.25, 0.0, 0.0]
    none = np.nan
    expected = [[0.25, none, none], [0.5, none, none], [0.5, 0.25, none], [0.5, 0.25, none]]
    np.testing.assert_allclose(found["lexical"].rivals[:, :3], expected)
    assert found["dense"].rivals[2] == pytest.approx([0.9, 0.89, 0.88, 0.86, 0.85, 0.84, 0.83, 0.82, 0.81])
    assert found["dense"].rivals[3] == pytest.approx([0.9 - rank / 100 for rank in range(9)])
    assert "reranker" not in compared_scores(Ranking(stages, "fusion", {}, {}, ()), ["a"])  # type: ignore[arg-type]


def test_a_score_alone_is_read_as_it_is() -> None:
    stages = {"lexical": [("a", 6.0)], "dense": [("a", 0.8), ("b", 0.2)], "fusion": [("a", 1.0), ("b", 0.0)]}
    found = compared_scores(Ranking(stages, "fusion", {}, {}, (), lexical_limit=12.0), ["a", "b"])  # type: ignore[arg-type]
    assert found["dense_alone"].margin(0.0).tolist() == [0.8, 0.2]
    assert found["lexical_alone"].margin(0.0).tolist() == [0.5, 0.0]
    judged = Ranking(stages, "fusion", {}, {}, (), {"a": 4.0, "b": -2.0})  # type: ignore[arg-type]
    assert compared_scores(judged, ["b", "a"])["reranker_alone"].margin(0.0).tolist() == [-2.0, 4.0]


def test_relevance_never_rises_with_rank() -> None:
    final = [("a", 3.0), ("b", 2.0), ("c", 1.0)]
    stages: Any = {"lexical": [], "dense": [("b", 0.9), ("a", 0.6), ("c", 0.7)], "fusion": final}
    calibration = Calibration("e", None, {"dense_alone": 5.0}, {"dense_alone": 0.0}, -3.0)
    found = relevance(calibration, Ranking(stages, "fusion", {}, {}, ()))
    assert list(found) == ["a", "b", "c"]
    assert found["a"] == found["b"] == found["c"] == pytest.approx(0.5)
    assert relevance(calibration, Ranking({**stages, "fusion": []}, "fusion", {}, {}, ())) == {}


# ---------------------------------------------------------------------------------------------------------- searching


def on_bridges(text: str) -> float:
    return 3.0 if "bridge" in text else -3.0


def broken(text: str) -> float:
    raise RuntimeError("broken")


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory, models: Models) -> Path:
    root = tmp_path_factory.mktemp("calibration")
    file = write_records(root / "notes.jsonl", topical(40))
    ingest([file], home=root / "home", collection="c", encoder=models.encoder, reranker=models.reranker)
    return root / "home"


@pytest.fixture
def searcher(stored: Path, models: Models) -> Iterator[Searcher]:
    with open_generation(stored, "c") as generation:
        calibration = Calibration("e", "r", {"reranker": 1.0}, {"reranker": 0.0}, 1.5)
        # Relevance falls with rank: here both are the reranker's, of all 40.
        recipe = Recipe(rerank="replace", neighbour_weight=0.0, rerank_depth=40)
        yield Searcher(generation, load_encoder(models.encoder), Judge(on_bridges), recipe, calibration)


def test_what_is_not_relevant_enough_is_dropped(searcher: Searcher) -> None:
    everything = searcher.search(Request("the bridge", 40))
    assert len(everything.hits) == 40
    for hit in everything.hits:
        assert hit.relevance is not None and (hit.relevance > 0.5) == ("bridge" in hit.document.text)
    some = searcher.search(Request("the bridge", 40, min_relevance=0.5))
    assert [hit.rank for hit in some.hits] == list(range(1, len(some.hits) + 1))
    wanted = [hit.document.id for hit in everything.hits if "bridge" in hit.document.text]
    assert [hit.document.id for hit in some.hits] == wanted and 0 < len(wanted) < 40
    nothing = searcher.search(Request("the bridge", 40, min_relevance=0.99))
    assert nothing.hits == () and nothing.candidates == 40


@pytest.mark.parametrize(("query", "said"), [("the bridge", False), ("the river", True)])
def test_nothing_relevant_is_said_beside_the_hits(searcher: Searcher, query: str, said: bool) -> None:
    searcher.reranker = Judge(lambda text: 3.0 if "bridge" in query else -3.0)
    searcher.gate = Gate("e", "r", {**dict.fromkeys(SIGNS, 0.0), "reranker": 1.0}, 0.0, 0.5)
    searcher.calibration = None
    result = searcher.search(Request(query, 5))
    assert ("query:unanswered" in result.degraded) is said
    assert len(result.hits) == 5


@pytest.mark.parametrize(("bias", "said"), [(0.1, False), (-0.1, True)])
def test_nothing_relevant_is_not_said_beside_a_hit_that_likely_is(searcher: Searcher, bias: float, said: bool) -> None:
    searcher.reranker = Judge(lambda text: -3.0)
    searcher.gate = Gate("e", "r", dict.fromkeys(SIGNS, 0.0), -9.0, 0.5)  # it takes every question for one in vain
    searcher.calibration = Calibration("e", "r", {"reranker": 0.0}, {"reranker": 0.0}, bias)
    result = searcher.search(Request("the bridge", 5))
    assert ("query:unanswered" in result.degraded) is said
    assert all(hit.relevance is not None and (hit.relevance < 0.5) is said for hit in result.hits)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("bridge", False),
        ("Bridge?", False),
        ("bridges", True),
        ("zebra", True),
        ("the bridge", True),
        ("old bridge", True),
    ],
)
def test_nothing_relevant_is_not_said_of_one_word_that_a_hit_holds(searcher: Searcher, query: str, said: bool) -> None:
    searcher.reranker = Judge(on_bridges)
    searcher.gate = Gate("e", "r", dict.fromkeys(SIGNS, 0.0), -9.0, 0.5)
    searcher.calibration = None
    assert ("query:unanswered" in searcher.search(Request(query, 5)).degraded) is said


@pytest.mark.parametrize(
    ("query", "held"),
    [
        ("E1234", True),
        ("e1234", True),
        ("E123", False),
        ("--batch", True),
        ("max_shards KX-48213-B", True),
        ("max_shards KX-48213-C", False),
        ("Manual", True),
        ("Setup", True),
        ("error E1234", False),
        ("", False),
        ("?", False),
    ],
)
def test_a_query_of_one_word_or_of_identifiers_is_held_to_the_letter(query: str, held: bool) -> None:
    text = "Call it with --batch; E1234 comes where max_shards of KX-48213-B is too low."
    chunk = Chunk("d#0", "d", 0, 0, len(text), text, ("Setup",))
    assert holds_all(query, "The manual", chunk) is held


@pytest.mark.parametrize("request_", [Request("the bridge", mode="lexical"), Request("the bridge", rerank_depth=0)])
def test_without_both_legs_and_the_reranker_nothing_is_said(searcher: Searcher, request_: Request) -> None:
    searcher.gate = Gate("e", "r", dict.fromkeys(SIGNS, 0.0), -9.0, 0.5)
    assert "query:unanswered" not in searcher.search(request_).degraded


def test_where_the_reranker_fails_there_is_no_relevance(searcher: Searcher) -> None:
    searcher.reranker = Judge(broken)
    result = searcher.search(Request("the bridge", 5, min_relevance=0.9))
    assert result.degraded == ("rerank",)
    assert [hit.relevance for hit in result.hits] == [None] * 5


@pytest.mark.parametrize("least", [-0.1, 1.1, float("nan")])
def test_a_threshold_lies_between_0_and_1(searcher: Searcher, least: float) -> None:
    with pytest.raises(UsageError, match="min_relevance must lie"):
        searcher.search(Request("bridge", 5, min_relevance=least))


def test_a_threshold_without_a_calibration_is_refused(searcher: Searcher) -> None:
    searcher.calibration = None
    assert {hit.relevance for hit in searcher.search(Request("bridge")).hits} == {None}
    with pytest.raises(UsageError, match="no calibration"):
        searcher.search(Request("bridge", 5, min_relevance=0.5))


@pytest.mark.parametrize("text", ["bridge", "bridge bridge river", "the document 17", "nothing-of-this"])
def test_no_bm25_score_reaches_the_limit(searcher: Searcher, text: str) -> None:
    generation = searcher.generation
    found = searcher.retrieve(Request(text))
    limit = lexical_limit(parse_query(text, generation.languages, ()), generation.statistics, searcher.recipe)
    assert max(found.lexical.scores, default=-1.0) < limit or limit == 0.0


# ------------------------------------------------------------------------------------------------------------ storing


def tuned(home: Path, calibration: Calibration | None) -> None:
    with open_writer(home, "c") as writer:
        writer.commit(None, recipe=Recipe(rerank_weight=0.3), evidence={"queries": 3}, calibration=calibration)


def fitted_for(models: Models, reranker: str | None = None) -> Calibration:
    encoder = load_encoder(models.encoder).fingerprint.weights
    return Calibration(
        encoder,
        reranker or reranker_digest(models.reranker),
        {"reranker": 1.0, "dense": 1.0},
        {"reranker": 0.0, "dense": 0.2},
        -2.0,
    )


@pytest.fixture
def home(tmp_path: Path, models: Models) -> Path:
    file = write_records(tmp_path / "notes.jsonl", topical(12))
    ingest([file], home=tmp_path / "home", collection="c", encoder=models.encoder, reranker=models.reranker)
    return tmp_path / "home"


def opened(home: Path, **options: object) -> Collection:
    return open_collection("c", home=home, **options)  # type: ignore[arg-type]


def test_a_collection_keeps_its_calibration(home: Path, models: Models, tmp_path: Path) -> None:
    tuned(home, fitted_for(models))
    with opened(home) as collection:
        manifest = collection.generation.manifest
        assert manifest.calibration == collection.searcher.calibration == fitted_for(models)
        assert (manifest.evidence, manifest.recipe.rerank_weight) == ({"queries": 3}, 0.3)
        assert all(0.0 < (hit.relevance or 0.0) < 1.0 for hit in collection.search("river").hits)
    more = write_records(tmp_path / "more.jsonl", [{"id": "x", "text": "more"}])
    ingest([more], home=home, collection="c")
    with opened(home) as collection:
        assert collection.searcher.calibration == fitted_for(models)
    with open_writer(home, "c") as writer:  # another recipe, for which this was not fitted
        assert writer.commit(None, recipe=Recipe()).calibration is None
        assert writer.manifest.evidence is None


def test_a_manifest_from_before_there_were_calibrations(home: Path) -> None:
    with open_generation(home, "c") as generation:
        old = generation.manifest.to_json()
    assert (old.pop("evidence"), old.pop("calibration")) == (None, None)
    read = Manifest.from_json(old)
    assert (read, read.evidence, read.calibration) == (generation.manifest, None, None)


@pytest.mark.parametrize("change", [{"reranker": "none"}, {"recipe": Recipe(rerank="none")}])
def test_a_calibration_is_not_used_for_other_models(home: Path, models: Models, change: dict[str, object]) -> None:
    tuned(home, fitted_for(models))
    with opened(home, **change) as collection:
        assert collection.searcher.calibration is None
    tuned(home, fitted_for(models, "another reranker"))
    with opened(home) as collection:
        assert collection.searcher.calibration is None


def test_the_bundled_calibration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.query.relevance, "locate", lambda name, kind: tmp_path)
    assert engine.query.relevance.bundled_calibration() is None
    calibration = Calibration("e", "r", {"dense": 1.0}, {"dense": 0.5}, 0.0)
    (tmp_path / "calibration.json").write_text(json.dumps(calibration.to_json()))
    assert engine.query.relevance.bundled_calibration() == calibration
    monkeypatch.setattr(engine.query.relevance, "reranker_digest", lambda name: "r")
    manifest = Mock(calibration=None)
    assert engine.query.relevance.find_calibration(manifest, "e", "bundled") == calibration
    assert engine.query.relevance.find_calibration(manifest, "another", "bundled") is None
    (tmp_path / "calibration.json").write_text("{}")
    with pytest.raises(UnsupportedModel, match="not a calibration"):
        engine.query.relevance.bundled_calibration()


def test_the_commands(home: Path, models: Models, winnow: Winnow, tmp_path: Path) -> None:
    assert winnow("search", "river", "-c", "c", "--home", home, "--min-relevance", "0.5").code == 2
    tuned(home, fitted_for(models))
    shown = winnow("search", "river", "-c", "c", "--home", home)
    assert "%" in shown.out.splitlines()[0]
    least = winnow("search", "river", "-c", "c", "--home", home, "--min-relevance", "1")
    assert (least.code, least.out) == (0, "") and least.err.startswith("Nothing relevant.")
    found = winnow("search", "river", "-c", "c", "--home", home, "--min-relevance", "1", "--json").json
    assert found["hits"] == []
    assert winnow("search", "river", "-c", "c", "--home", home, "--min-relevance", "7").code == 2
