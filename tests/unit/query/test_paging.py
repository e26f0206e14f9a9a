"""Pages of a frozen ranking: as the answer without pages, deeper than it, and stable while the collection changes."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.collection import open_collection
from engine.errors import GenerationExpired, InvalidCursor, UsageError
from engine.query.cursor import Cursor, read_cursor
from engine.query.frozen import Entry
from engine.query.pipeline import Request, Searcher, Sort
from engine.store.generation import Generation, open_generation
from engine.store.writer import open_writer
from engine.types import RowId, SearchResult
from indexer.ingest import ingest
from tests.conftest import Models
from tests.support.documents import topical, write_records
from tests.support.rerankers import Judge
from tests.unit.query.conftest import DELETED, DOCUMENTS, Make, build
from tests.unit.query.test_options import by_length


def pages(searcher: Searcher, request: Request) -> list[SearchResult]:
    found = [searcher.search(request)]
    while cursor := found[-1].cursor:
        found.append(searcher.page(cursor))
    return found


@pytest.mark.parametrize("collapse", [True, False])
@pytest.mark.parametrize("mode", ["hybrid", "lexical"])
def test_pages_go_on_where_the_last_one_ended(searcher: Make, mode: str, collapse: bool) -> None:
    searched = searcher(Judge(by_length), candidates=20)
    request = Request("the river and the city", 7, collapse=collapse, mode=mode, pageable=True)  # type: ignore[arg-type]
    found = pages(searched, request)
    hits = [hit for page in found for hit in page.hits]
    names = [hit.chunk.id for hit in hits]
    assert len(names) == len(set(names)) and [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert {page.candidates for page in found} == {found[0].candidates}
    whole = searched.search(Request("the river and the city", 7, collapse=collapse, mode=mode))  # type: ignore[arg-type]
    assert found[0].hits == whole.hits
    ranking = searched.rank(request)
    order = [ranking.rows[key] for key, _ in ranking.stages[ranking.final]]
    expected = [searched.generation.chunk(row)[0].id for row in order]
    assert names[: len(expected)] == expected and len(expected) < len(names)
    assert all(one.score + 1e-6 >= other.score for one, other in pairwise(hits))
    if collapse and mode == "hybrid":
        assert len(names) == DOCUMENTS + 1 - len(DELETED)


def test_every_page_brings_the_context_that_was_asked_for(searcher: Make) -> None:
    request = Request("the river and the city", 7, context=100, pageable=True, mode="lexical")
    first, second, *_ = pages(searcher(), request)
    assert all(hit.context is not None for page in (first, second) for hit in page.hits)
    first, second, *_ = pages(searcher(), Request("the river and the city", 7, pageable=True, mode="lexical"))
    assert all(hit.context is None for page in (first, second) for hit in page.hits)


def test_a_page_of_another_size_and_one_past_the_end(searcher: Make) -> None:
    first = searcher().search(Request("river", 3, pageable=True))
    assert first.cursor is not None
    rest = searcher().page(first.cursor, 1000)
    assert rest.hits[0].rank == 4 and rest.cursor is None and rest.hits[0].highlights
    assert searcher().search(Request("river", 1000, pageable=True)).cursor is None
    with pytest.raises(UsageError, match="k must be"):
        searcher().page(first.cursor, 0)


def test_sorted_pages(searcher: Make) -> None:
    found = pages(searcher(candidates=20), Request("river", 50, sort=(Sort("year"),), pageable=True))
    years = [hit.document.metadata.get("year", 9999) for page in found for hit in page.hits]
    assert years == sorted(years) and len(years) > 100


def test_pages_outlive_commits_but_not_their_generation(tmp_path: Path, models: Models) -> None:
    home = build(tmp_path, models)
    with open_collection("c", home=home, encoder=models.encoder, reranker=models.reranker) as opened:
        first = opened.searcher.search(Request("the river", 20, pageable=True))
    expected = [hit.document.id for hit in first.hits]
    with open_generation(home, "c", first.generation):
        file = write_records(tmp_path / "more.jsonl", [{**record, "id": f"n{record['id']}"} for record in topical(30)])
        ingest([file], home=home, collection="c", encoder=models.encoder, reranker=models.reranker)
        with open_writer(home, "c") as writer:
            writer.commit(None, deletes=[f"d{number:03d}" for number in range(20, 40)])
        with open_collection("c", home=home, encoder=models.encoder, reranker=models.reranker) as opened:
            assert opened.generation.number > first.generation and first.cursor is not None
            with pytest.raises(GenerationExpired):
                opened.searcher.page(first.cursor)
            cursor: str | None = first.cursor
            while cursor:
                page = opened.page(cursor)
                assert page.generation == first.generation
                expected += [hit.document.id for hit in page.hits]
                cursor = page.cursor
        assert sorted(expected) == sorted({f"d{n:03d}" for n in range(DOCUMENTS)} - set(DELETED) | {"long"})
    with open_writer(home, "c") as writer:
        writer.sweep(0)
    with (
        open_collection("c", home=home, encoder=models.encoder, reranker=models.reranker) as opened,
        pytest.raises(GenerationExpired),
    ):
        opened.page(first.cursor)


# --------------------------------------------------------------------------------------------------------- the text

entries = st.lists(
    st.builds(
        Entry,
        st.builds(RowId, st.just(0), st.integers(0, 90)),
        st.floats(-10, 10, width=32),
        st.none() | st.floats(0, 1, width=32),
    ),
    min_size=1,
    max_size=40,
    unique_by=lambda entry: entry.row.row,
)


def cursor_of(where: Generation, rest: list[Entry], **changes: object) -> Cursor:
    living = where.living[0]
    rest = [entry for entry in rest if living is None or living[entry.row.row]]
    values = {
        "collection": where.manifest.uuid, "generation": where.number,
        "recipe": where.manifest.recipe.digest, "query": "wo ist \ud800 der Fluß", "k": 3, "position": 6,
        "candidates": 100, "collapse": True, "inner_hits": 0, "context": 0, "highlight": True, "mode": "hybrid", "pinned": 0,
    }  # fmt: skip
    return Cursor(**(values | changes), rest=tuple(rest))  # type: ignore[arg-type]


@given(entries)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_written_is_read(generation: Generation, rest: list[Entry]) -> None:
    cursor = cursor_of(generation, rest)
    if not cursor.rest:
        return
    text = cursor.to_text([segment.rows for segment in generation.segments])
    assert text.replace("-", "").replace("_", "").isalnum()
    assert read_cursor(text).unpack(generation, generation.manifest.recipe) == cursor


@given(st.text(), st.data())
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_no_cursor_is_refused(
    searcher: Make, generation: Generation, junk: str, data: st.DataObject
) -> None:
    with pytest.raises(InvalidCursor):
        searcher().page(junk)
    text = cursor_of(generation, [Entry(RowId(0, row), 1.0) for row in range(20)]).to_text([100, 100])
    at = data.draw(st.integers(0, len(text) - 2))
    with pytest.raises(InvalidCursor):
        searcher().page(text[:at] + data.draw(st.sampled_from("AZaz09-_ é")) * 2 + text[at + 1 :])


@pytest.mark.parametrize(
    "changes",
    [
        {"collection": "0" * 32}, {"recipe": "x"}, {"k": 0}, {"position": -1}, {"mode": "none"}, {"query": " "},
        {"generation": -1}, {"inner_hits": 2**60}, {"context": -1}, {"highlight": 1}, {"candidates": 1.5}, {"pinned": -1},
    ],
)  # fmt: skip
def test_altered_fields_are_refused(searcher: Make, generation: Generation, changes: dict[str, object]) -> None:
    text = cursor_of(generation, [Entry(RowId(0, 5), 1.0)], **changes).to_text([100, 100])
    with pytest.raises(InvalidCursor):
        searcher().page(text)


def test_near_duplicates_go_along(generation: Generation) -> None:
    rest = [Entry(RowId(0, 5), 1.0, twins=(RowId(0, 9), RowId(0, 8))), Entry(RowId(0, 6), 1.0, twins=(RowId(0, 2),))]
    cursor = cursor_of(generation, rest)
    text = cursor.to_text([segment.rows for segment in generation.segments])
    assert read_cursor(text).unpack(generation, generation.manifest.recipe) == cursor


@pytest.mark.parametrize("twin", [RowId(0, 6), RowId(0, 3), RowId(0, 10_000)])  # a hit itself, deleted, nowhere
def test_near_duplicates_that_cannot_be_are_refused(searcher: Make, generation: Generation, twin: RowId) -> None:
    rest = [Entry(RowId(0, 5), 1.0, twins=(twin,)), Entry(RowId(0, 6), 1.0)]
    text = cursor_of(generation, rest).to_text([segment.rows for segment in generation.segments])
    with pytest.raises(InvalidCursor):
        searcher().page(text)


def test_rows_that_do_not_live_are_refused(searcher: Make, generation: Generation) -> None:
    sizes = [segment.rows for segment in generation.segments]
    for row in (RowId(0, 3), RowId(len(sizes) - 1, 10_000)):
        cursor = cursor_of(generation, [])
        text = Cursor(**{name: getattr(cursor, name) for name in Cursor.__slots__ if name != "rest"}, rest=(Entry(row, 1.0),)).to_text(sizes)  # fmt: skip
        with pytest.raises(InvalidCursor, match="passage"):
            searcher().page(text)
