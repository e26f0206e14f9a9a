"""A collection's rules in a search: pinned and hidden documents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.curation import Curation
from engine.filters import parse_filter
from engine.models import load_encoder
from engine.query.pipeline import Request, Searcher, Sort
from engine.recipe import Recipe
from engine.store.generation import Generation
from engine.types import Hit, SearchResult
from tests.conftest import Models
from tests.unit.query.conftest import DELETED, DOCUMENTS

IDS = [f"d{number:03d}" for number in range(DOCUMENTS)]
some = st.lists(st.sampled_from([*IDS, "long", "nowhere"]), min_size=1, max_size=6)


def ruled(generation: Generation, models: Models, rules: dict[str, Any], **changes: Any) -> Searcher:
    manifest = replace(generation.manifest, curation=Curation.from_json(rules))
    return Searcher(Generation.of(generation, manifest), load_encoder(models.encoder), None, Recipe().with_(**changes))


def pages(searcher: Searcher, request: Request) -> Iterator[SearchResult]:
    result = searcher.search(replace(request, pageable=True))
    yield result
    while result.cursor:
        result = searcher.page(result.cursor)
        yield result


def names(hits: tuple[Hit, ...]) -> list[str]:
    return [hit.document.id for hit in hits]


@given(pinned=some, hidden=some, collapse=st.sampled_from(["near", True, False]), k=st.integers(3, 60))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pins_never_repeat_and_hidden_ones_never_appear(
    generation: Generation, models: Models, pinned: list[str], hidden: list[str], collapse: Any, k: int
) -> None:
    rules = {"pins": [{"query": "the river", "documents": pinned}], "hidden": [{"documents": hidden}]}
    request = Request("the river", k, collapse=collapse)
    found = [hit for page in pages(ruled(generation, models, rules), request) for hit in page.hits]
    expected = [name for name in dict.fromkeys(pinned) if name not in {*hidden, *DELETED, "nowhere"}]
    assert names(tuple(found))[: len(expected)] == expected
    assert [hit.pinned for hit in found] == [place < len(expected) for place in range(len(found))]
    rows = [hit.chunk.id for hit in found]
    assert len(set(rows)) == len(rows)
    assert collapse is False or len(set(names(tuple(found)))) == len(found)
    assert not set(hidden) & set(names(tuple(found)))
    assert [hit.rank for hit in found] == list(range(1, len(found) + 1))
    plain = [hit.document.id for page in pages(ruled(generation, models, {}), request) for hit in page.hits]
    assert {*names(tuple(found))} >= {*plain} - {*hidden}  # and nothing else goes


def test_a_hidden_document_is_in_no_count_and_explained(generation: Generation, models: Models) -> None:
    rules = {"hidden": [{"documents": ["d010"]}]}
    request = Request("the river", 5, facets=("id",), why_not="d010")
    before = ruled(generation, models, {}).search(Request("the river year:2010", 50, facets=("year",)))
    after = ruled(generation, models, rules).search(Request("the river year:2010", 50, facets=("year",)))
    assert sum(one.count for one in before.facets["year"]) == sum(one.count for one in after.facets["year"]) + 1
    why = ruled(generation, models, rules).search(replace(request, facets=())).why_not
    assert why is not None and why.stage == "hidden"


@pytest.mark.parametrize(
    ("rule", "query", "holds"),
    [
        ({"query": "The  River"}, "the river", True),
        ({"query": "the river"}, "the river bank", False),
        ({"pattern": "*river*"}, "a RIVER bank", True),
        ({"pattern": "river ?"}, "river 12", False),
    ],
)
def test_for_which_queries_a_rule_holds(
    generation: Generation, models: Models, rule: dict[str, str], query: str, holds: bool
) -> None:
    searcher = ruled(generation, models, {"pins": [{**rule, "documents": ["d007"]}]})
    assert (
        names(searcher.search(Request(query)).hits)[0] == "d007",
        searcher.search(Request(query)).hits[0].pinned,
    ) == (
        holds,
        holds,
    )


def test_a_pin_obeys_the_request(generation: Generation, models: Models) -> None:
    searcher = ruled(generation, models, {"pins": [{"pattern": "*", "documents": ["d007"]}]})
    assert "d007" not in names(searcher.search(Request("the river", 200, parse_filter("year:2010"))).hits)
    assert not any(hit.pinned for hit in searcher.search(Request("the river", sort=(Sort("year"),))).hits)


# ------------------------------------------------------------------------------------------------------------- boosts


@given(weight=st.floats(-1, 1), least=st.integers(2000, 2020), k=st.integers(1, 40))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_boosts_only_reorder(generation: Generation, models: Models, weight: float, least: int, k: int) -> None:
    searcher = ruled(generation, models, {"boosts": [{"filter": f"year:>={least}", "weight": weight}]})
    plain = ruled(generation, models, {}).search(Request("the river", 200)).hits
    raised = searcher.search(Request("the river", 200)).hits
    assert sorted(names(raised)) == sorted(names(plain))
    for chosen in (True, False):  # among those that a rule treats alike the order stays
        alike = [name for name in names(raised) if is_chosen(name, least) == chosen]
        assert alike == [name for name in names(plain) if is_chosen(name, least) == chosen]
    alone = searcher.search(Request("the river", k)).hits
    assert alone == next(pages(searcher, Request("the river", k))).hits  # paging changes nothing


def is_chosen(name: str, least: int) -> bool:
    return name != "long" and 2000 + int(name[1:]) % 20 >= least


def test_a_boost_is_a_share_of_the_spread(generation: Generation, models: Models) -> None:
    plain = ruled(generation, models, {}).search(Request("the river", 200)).hits
    searcher = ruled(generation, models, {"boosts": [{"filter": "year:2010", "weight": 0.5}]})
    raised = {hit.document.id: hit for hit in searcher.search(Request("the river", 200)).hits}
    spread = plain[0].score - plain[-1].score
    assert {name for name, hit in raised.items() if hit.boost} == {name for name in raised if is_chosen(name, 2010)} - {
        name for name in raised if is_chosen(name, 2011)
    }
    for hit in plain:
        gain = raised[hit.document.id].boost
        assert gain in (0.0, pytest.approx(0.5 * spread))
        assert raised[hit.document.id].score == pytest.approx(hit.score + gain)


def test_what_was_asked_for_by_name_stays_first(generation: Generation, models: Models) -> None:
    searcher = ruled(generation, models, {"boosts": [{"filter": "year:>=2000", "weight": -1}]})
    plain = ruled(generation, models, {}).search(Request('"document 77"', 3)).hits
    assert names(searcher.search(Request('"document 77"', 3)).hits)[0] == names(plain)[0] == "d077"
