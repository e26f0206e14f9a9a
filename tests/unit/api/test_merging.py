"""Hits of several collections in one order, with relevance and without."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from api.answers.merging import MergedResult, merge
from engine.types import Chunk, Document, Hit, SearchResult


def hit(name: str, text: str, rank: int, relevance: float | None = None, language: str = "en") -> Hit:
    document = Document(name, f"{name}.txt", "", text, language)
    return Hit(Chunk(f"{name}#0", name, 0, 0, len(text), text), document, 1.0 / rank, relevance, rank, {})


def result(query: str, *hits: Hit) -> SearchResult:
    return SearchResult(query, hits, len(hits), {}, 1)


def names(merged: MergedResult) -> list[str]:
    return [entry.hit.document.id for entry in merged.hits]


def fast(query: str, texts: Sequence[str]) -> SearchResult:
    return result(query, *(hit(f"fast{rank}", text, rank) for rank, text in enumerate(texts, start=1)))


def calibrated(query: str, texts: Sequence[tuple[str, float]]) -> SearchResult:
    hits = (hit(f"known{rank}", text, rank, relevance) for rank, (text, relevance) in enumerate(texts, start=1))
    return result(query, *hits)


# A question, what each collection finds, and which hit answers.
EXAMPLES = [
    (
        "how do I descale the boiler",
        [("Descale the boiler with vinegar once a month.", 0.93), ("The kettle is made of steel.", 0.2)],
        ["The boiler of the ferry was built in 1912.", "Sailors do what the captain says."],
        "known1",
    ),
    (
        "how do I descale the boiler",
        [("The boiler is in the cellar.", 0.31), ("Opening hours of the office.", 0.05)],
        ["To descale a boiler, fill it with vinegar and wait.", "The ferry leaves at six."],
        "fast1",
    ),
    (
        "when does the ferry leave",
        [("Boats go to the island at six in the morning.", 0.84), ("The harbour is old.", 0.3)],
        ["Employees leave the office at five.", "A harbour needs a pier."],
        "known1",
    ),
    (
        "when does the ferry leave",
        [("Employees leave the office at five.", 0.22)],
        ["The ferry leaves at six.", "The harbour is old."],
        "fast1",
    ),
    (
        "maximum weight of luggage",
        [("Luggage may weigh 23 kg at most.", 0.71), ("Weights and measures.", 0.4)],
        ["The maximum is shown in red.", "Weight loss."],
        "known1",
    ),
    ("holiday allowance", [("Meals are reimbursed.", 0.08)], ["The holiday allowance is 28 days."], "fast1"),
]


@pytest.mark.parametrize(("query", "known", "unknown", "answer"), EXAMPLES)
@pytest.mark.parametrize("fast_first", [False, True])
def test_what_answers_is_first_whichever_collection_has_it(
    query: str, known: list[tuple[str, float]], unknown: list[str], answer: str, fast_first: bool
) -> None:
    results = [("a", calibrated(query, known)), ("b", fast(query, unknown))]
    merged = merge(dict(results[::-1] if fast_first else results), 10)
    assert names(merged)[0] == answer
    assert merged.merged_by == "words"
    assert len(merged.hits) == len(known) + len(unknown)


def test_relevance_alone_decides_where_every_hit_has_one() -> None:
    results = {
        "a": calibrated("x", [("nothing", 0.4), ("nothing", 0.3)]),
        "b": result("x", hit("other", "x", 1, 0.35)),
    }
    merged = merge(results, 10)
    assert merged.merged_by == "relevance"
    assert names(merged) == ["known1", "other", "known2"]


def test_a_collection_keeps_its_order() -> None:
    results = {
        "a": result("red kettle", *(hit(f"a{rank}", text, rank) for rank, text in ((1, "steel"), (2, "red kettle")))),
        "b": result("red kettle", hit("b1", "a red pan", 1)),
    }
    assert names(merge(results, 10)) == ["a1", "a2", "b1"]


def test_equal_hits_take_turns() -> None:
    results = {
        name: result("kettle", *(hit(f"{name}{rank}", "A kettle.", rank) for rank in (1, 2, 3))) for name in "ab"
    }
    assert names(merge(results, 5)) == ["a1", "b1", "a2", "b2", "a3"]


def test_words_are_compared_in_the_language_of_the_document() -> None:
    results = {
        "a": result("Verträge kündigen", hit("en", "The contracts of the office.", 1)),
        "b": result("Verträge kündigen", hit("de", "Ein Vertrag wird schriftlich gekündigt.", 1, language="de")),
    }
    assert names(merge(results, 2)) == ["de", "en"]


def test_nothing_found_is_nothing_merged() -> None:
    assert merge({"a": result("x"), "b": result("x")}, 10).hits == ()
    only = merge({"a": result("the"), "b": result("the", hit("b1", "nothing of it", 1))}, 10)
    assert names(only) == ["b1"]
