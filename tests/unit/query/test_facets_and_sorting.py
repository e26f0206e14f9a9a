"""Facets against counting by hand; sorting by every type of field."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import pairwise

import pytest

from engine.errors import InvalidFilter
from engine.filters import parse_filter
from engine.metadata.values import order_key, spelled_key
from engine.query.pipeline import Request, Sort
from engine.store.generation import Generation
from engine.types import Document
from tests.support.rerankers import Judge
from tests.unit.query.conftest import DELETED, DOCUMENTS, Make
from tests.unit.query.test_options import by_length

FIELDS = ("year", "tags", "checked", "language")


def living(generation: Generation) -> list[Document]:
    numbers = [f"d{number:03d}" for number in range(DOCUMENTS)]
    return [generation.document(*place) for name in numbers if (place := generation.find(name))]


def counted(documents: list[Document], field: str) -> list[tuple[object, int]]:
    values: Counter[object] = Counter()
    for document in documents:
        value = document.language if field == "language" else document.metadata.get(field)
        values.update(value if isinstance(value, tuple) else [value])
    return sorted(values.items(), key=lambda entry: (-entry[1], entry[0]))[:20]


@pytest.mark.parametrize("text", ["bridge", "bridges 42", "food -river", '"the city and"', "the"])
def test_lexical_facets_count_every_document_that_matches(searcher: Make, generation: Generation, text: str) -> None:
    request = Request(text, 5, parse_filter("year:>=2004 -id:long"), mode="lexical", facets=FIELDS)
    found = searcher().search(request).facets
    deep = searcher().search(Request(text, 10_000, request.filter, mode="lexical"))
    documents = [hit.document for hit in deep.hits]
    assert not {document.id for document in documents} & set(DELETED)
    for field in FIELDS:
        assert [(count.value, count.count) for count in found[field]] == counted(documents, field), field


def test_dense_facets_count_the_candidates(searcher: Make, generation: Generation) -> None:
    searched = searcher(candidates=30)
    ranking = searched.rank(Request("bridge", mode="dense"))
    documents = [document for document in living(generation) if document.id in ranking.rows]
    (facets,) = searched.search(Request("bridge", mode="dense", facets=("year",))).facets.values()
    assert [(count.value, count.count) for count in facets] == counted(documents, "year")


def test_hybrid_facets_count_every_hit(searcher: Make) -> None:
    found = searcher(candidates=30).search(Request("bridge", 40, facets=("checked",)))
    counts = {count.value: count.count for count in found.facets["checked"]}
    for value in (True, False):
        assert counts[value] >= sum(hit.document.metadata.get("checked") == value for hit in found.hits)


def test_a_field_that_nothing_has(searcher: Make) -> None:
    assert searcher().search(Request("qqqq", mode="lexical", facets=("year",))).facets == {"year": ()}
    with pytest.raises(InvalidFilter, match="no field"):
        searcher().search(Request("river", facets=("colour",)))


@pytest.mark.parametrize("descending", [False, True])
def test_sorting_keeps_relevance_among_equals_and_puts_the_missing_last(searcher: Make, descending: bool) -> None:
    searched = searcher(Judge(by_length))
    order = {hit.document.id: hit.rank for hit in searched.search(Request("the river", 1000)).hits}
    hits = searched.search(Request("the river", 1000, sort=(Sort("year", descending),))).hits
    assert {hit.document.id for hit in hits} == set(order)
    years = [hit.document.metadata.get("year") for hit in hits]
    assert years[-1] is None and years[:-1] == sorted(years[:-1], reverse=descending)  # type: ignore[type-var]
    for one, other in pairwise(hits):
        if one.document.metadata.get("year") == other.document.metadata.get("year"):
            assert order[one.document.id] < order[other.document.id]


def test_two_keys(searcher: Make) -> None:
    hits = searcher().search(Request("river", 500, sort=(Sort("checked", True), Sort("id")))).hits
    keys = [
        (not hit.document.metadata["checked"], hit.document.id) for hit in hits if "checked" in hit.document.metadata
    ]
    assert keys == sorted(keys)


@pytest.mark.parametrize("descending", [False, True])
def test_of_a_list_the_value_counts_that_comes_first(searcher: Make, descending: bool) -> None:
    hits = searcher().search(Request("river", 1000, sort=(Sort("tags", descending),))).hits
    pick = max if descending else min
    tags = [hit.document.metadata.get("tags") for hit in hits]
    keys = [pick(tag) for tag in tags if isinstance(tag, tuple)]
    assert len({tag for tag in tags if isinstance(tag, tuple) and len(tag) > 1}) > 1
    assert keys == sorted(keys, reverse=descending)
    assert all(tag is None for tag in tags[len(keys) :])


def test_values_of_a_list_are_read_as_single_ones_are() -> None:
    values = [2, "10", "2024-01-31", date(2024, 2, 1), "2024-03", "apple"]
    keys = [spelled_key(value) if isinstance(value, str) else order_key(value) for value in values]
    assert keys == sorted(keys)


def test_a_field_that_nothing_has_gives_no_order(searcher: Make) -> None:
    with pytest.raises(InvalidFilter):
        searcher().search(Request("river", sort=(Sort("colour"),)))
