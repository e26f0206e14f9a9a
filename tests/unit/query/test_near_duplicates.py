"""Near-duplicates: listed below the first of them, never lost, never taken for each other where the query differs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import UsageError
from engine.models import load_encoder
from engine.query.alike.twins import Texts
from engine.query.pipeline import Request, Searcher, Sort
from engine.store.generation import open_generation
from engine.types import RowId, SearchResult
from indexer.ingest import ingest
from tests.conftest import Models
from tests.support.documents import topical, write_records

NOTICE = (
    "The ferry between the islands leaves the northern quay in every season, and the harbour office sells tickets until "
    "an hour before. Bicycles travel free of charge, dogs need a lead, and cars are to be announced by telephone. In a "
    "storm the captain decides whether the boat sails at all, and what was paid is then returned at the counter. The "
    "timetable {number} holds from March on."
)
COPIES = {"notice": 41, "again": 41, "next": 42, "last": 43}
WORDS = ["ferry", "timetable", "harbour", "dogs", "river", "bridge", "bread", "garden", "41", "42", "storm"]


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory, models: Models) -> Iterator[Searcher]:
    root = tmp_path_factory.mktemp("twins")
    notices = [
        {"id": name, "title": "Ferry", "text": NOTICE.format(number=number), "number": number}
        for name, number in COPIES.items()
    ]
    short = [{"id": f"office-{city}", "text": f"The office in {city} opens at nine."} for city in ("Bergen", "Turku")]
    parts: list[list[Any]] = [[*topical(30), *notices[:2]], [*notices[2:], *short]]
    for place, part in enumerate(parts):
        file = write_records(root / f"{place}.jsonl", part)
        ingest([file], home=root / "home", collection="c", encoder=models.encoder, reranker=models.reranker)
    with open_generation(root / "home", "c") as generation:
        yield Searcher(generation, load_encoder(models.encoder), None)


def listed(result: SearchResult) -> list[list[str]]:
    """Per hit its document and those below it."""
    return [[hit.document.id, *(other.id for other in hit.near_duplicates)] for hit in result.hits]


def pages(searcher: Searcher, request: Request) -> list[SearchResult]:
    found = [searcher.search(request)]
    while found[-1].cursor:
        found.append(searcher.page(found[-1].cursor))
    return found


def test_near_duplicates_are_listed_below_the_first_of_them(searcher: Searcher) -> None:
    first, *others = searcher.search(Request("the ferry between the islands")).hits
    assert {first.document.id, *(other.id for other in first.near_duplicates)} == COPIES.keys()
    assert not COPIES.keys() & {hit.document.id for hit in others}


def test_each_says_how_it_differs(searcher: Searcher) -> None:
    first = searcher.search(Request("the ferry between the islands", sort=(Sort("number"),))).hits[0]
    told = {other.id: (other.identical, other.own_words) for other in first.near_duplicates}
    same = ({"notice", "again"} - {first.document.id}).pop()
    assert told == {same: (True, ()), "next": (False, ("42",)), "last": (False, ("43",))}


def test_what_the_query_tells_apart_are_no_near_duplicates(searcher: Searcher) -> None:
    groups = [set(group) for group in listed(searcher.search(Request("ferry timetable 42"))) if group[0] in COPIES]
    assert groups == [{"next"}, {"notice", "again", "last"}]


def test_a_word_of_few_is_no_detail(searcher: Searcher) -> None:
    assert ["office-Bergen"] in listed(searcher.search(Request("office opens", mode="lexical")))


@pytest.mark.parametrize("collapse", [True, False])
def test_they_are_hits_where_that_is_asked_for(searcher: Searcher, collapse: bool) -> None:
    hits = searcher.search(Request("the ferry between the islands", collapse=collapse)).hits
    assert COPIES.keys() <= {hit.document.id for hit in hits}
    assert not any(hit.near_duplicates for hit in hits)


def test_another_value_is_refused(searcher: Searcher) -> None:
    with pytest.raises(UsageError, match="collapse must be near, True or False"):
        searcher.search(Request("ferry", collapse="far"))  # type: ignore[arg-type]


def test_the_first_in_the_order_stands_for_the_others(searcher: Searcher) -> None:
    result = searcher.search(Request("the ferry between the islands", sort=(Sort("number", descending=True),)))
    assert result.hits[0].document.id == "last"


def test_a_document_below_a_hit_is_not_called_missing(searcher: Searcher) -> None:
    first = searcher.search(Request("the ferry between the islands")).hits[0]
    below = first.near_duplicates[0].id
    why = searcher.search(Request("the ferry between the islands", why_not=below)).why_not
    assert why is not None and (why.stage, why.rank) == ("twin", 1) and first.document.id in why.message


@given(words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=4), k=st.integers(1, 7))
@settings(max_examples=40, deadline=None)
def test_pages_lose_and_repeat_nothing(searcher: Searcher, words: list[str], k: int) -> None:
    query = " ".join(words)
    whole = listed(searcher.search(Request(query, k=100)))
    told = [group for page in pages(searcher, Request(query, k=k, pageable=True)) for group in listed(page)]
    each = [hit.document.id for hit in searcher.search(Request(query, k=100, collapse=True)).hits]
    assert told == whole  # every page has the groups of the whole ranking
    assert sorted(name for group in whole for name in group) == sorted(each)
    assert [group[0] for group in whole] == [name for name in each if name in {group[0] for group in whole}]
    assert all(each.index(group[0]) < each.index(name) for group in whole for name in group[1:])


@given(terms=st.frozensets(st.sampled_from(WORDS), max_size=3))
@settings(max_examples=20, deadline=None)
def test_the_relation_is_symmetric(searcher: Searcher, terms: frozenset[str]) -> None:
    texts = Texts(searcher.generation, terms)
    rows = [
        RowId(place, row) for place, segment in enumerate(searcher.generation.segments) for row in range(segment.rows)
    ]
    for first, second in product(rows[25:], rows[25:]):
        assert texts.are_alike(first, second) == texts.are_alike(second, first)


def test_copies_do_not_keep_others_from_the_page(tmp_path: Path, models: Models, searcher: Searcher) -> None:
    copies = [{"id": f"c{number}", "text": NOTICE.format(number=41)} for number in range(130)]
    others = [{"id": f"o{number}", "text": f"Ferry {number}."} for number in range(5)]
    file = write_records(tmp_path / "notes.jsonl", [*copies, *others])
    ingest([file], home=tmp_path / "home", collection="c", encoder=models.encoder, reranker=models.reranker)
    with open_generation(tmp_path / "home", "c") as generation:
        result = Searcher(generation, searcher.encoder, None).search(Request("the ferry between the islands", k=4))
    sizes = sorted((len(hit.near_duplicates) for hit in result.hits), reverse=True)
    assert sizes == [129, 0, 0, 0]
