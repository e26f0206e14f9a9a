"""A view: as if the documents that a filter does not pass were not there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.collection import open_collection
from engine.errors import InvalidCursor
from engine.filters import Filter, parse_filter
from engine.query.pipeline import Searcher
from engine.query.request import Request
from engine.store.collections import list_collections
from engine.store.generation import Generation, open_generation
from engine.store.views.view import text_size, view
from engine.store.writer import CollectionWriter
from engine.types import SearchResult
from tests.api.security.teams import ONLY_RED, RED, red, teams_home
from tests.conftest import Models
from tests.support.stores import batch, stored

QUERIES = (
    "river",
    "crimson bridge",
    "zeppelin over the river",
    "zepelin brige",
    "flowde",  # of which the blue documents write "flowed", and the red ones "flows"
    "codename:hush1 river",
    "-hush river",
    "team:blue river",
    '"cobalt zeppelins"',
    "wie hoch fliegt das Flugzeug",
    "stream",
    "year:1901 river",
)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, models: Models) -> Path:
    return teams_home(tmp_path_factory.mktemp("both"), models, both=True)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory, models: Models) -> Path:
    return teams_home(tmp_path_factory.mktemp("alone"), models, both=False)


@pytest.fixture
def searchers(both: Path, alone: Path) -> Iterator[tuple[Searcher, Searcher]]:
    """Searchers of the red documents among others, and of the same where there are no others."""
    with open_collection("teams", home=both) as whole, open_collection("teams", home=alone) as only:
        seen = view(whole.generation, parse_filter(ONLY_RED))
        yield Searcher(seen, whole.searcher.encoder, whole.searcher.reranker), only.searcher


def facts(result: SearchResult) -> dict[str, object]:
    """All that a search tells, but for identities and times."""
    return {
        "hits": [
            (
                *(hit.document.id, hit.document.metadata, hit.chunk, hit.score, hit.relevance, hit.exact),
                *(hit.stages, [twin.id for twin in hit.near_duplicates], hit.pinned, hit.boost, hit.snippet),
            )
            for hit in result.hits
        ],
        "reading": result.reading,
        "degraded": result.degraded,
        "facets": result.facets,
        "why_not": result.why_not,
        "candidates": result.candidates,
        "coverage": result.dense_coverage,
        "rankings": result.rankings,
    }


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("unseen", ["azure-1", "never"])
def test_a_search_tells_what_it_would_without_the_others(
    searchers: tuple[Searcher, Searcher], query: str, unseen: str
) -> None:
    """Scores, too: no statistic counts what is not seen. And a document that is not seen is as one that never was."""
    seen, only = (
        facts(searcher.search(Request(query, k=20, facets=("team", "year"), why_not=unseen, rankings=True)))
        for searcher in searchers
    )
    assert seen == only


def test_the_facts_of_a_view(both: Path, alone: Path) -> None:
    with open_generation(both, "teams") as whole, open_generation(alone, "teams") as only:
        seen = view(whole, parse_filter(ONLY_RED))
        assert (seen.manifest.living, seen.languages) == (only.manifest.living, only.languages)
        assert seen.manifest.metadata_schema == only.manifest.metadata_schema
        assert seen.words == only.words | {"flowed"}  # of which the red documents write another form
        terms = frozenset({"river", "crimson", "zeppelin", "cobalt"})
        assert seen.statistics.document_frequencies(terms) == only.statistics.document_frequencies(terms)
        assert text_size(seen) == sum(len(record["text"].strip().encode()) for record in red())
        assert seen.find("azure-1") is None and seen.find("crimson-1") is not None
        assert not seen.was_deleted("azure-1") and seen.ruled.keys() == {"crimson-3"}


def test_a_cursor_of_the_whole_collection_opens_nothing(both: Path, searchers: tuple[Searcher, Searcher]) -> None:
    seen, _ = searchers
    with open_collection("teams", home=both) as whole:
        first = whole.searcher.search(Request("river", k=2, pageable=True, collapse=True))
        assert first.cursor is not None
        with pytest.raises(InvalidCursor, match="another collection"):
            seen.page(first.cursor)
        mine = seen.search(Request("river", k=2, pageable=True, collapse=True)).cursor
        assert mine is not None and {hit.document.metadata["team"] for hit in seen.page(mine).hits} == {"red"}
        with pytest.raises(InvalidCursor, match="another collection"):
            whole.searcher.page(mine)


def ids(generation: Generation) -> set[str]:
    found = set()
    for segment, deleted in zip(generation.segments, generation.tombstones, strict=True):
        names = segment.documents.column("id").to_pylist()
        found |= {name for row, name in enumerate(names) if deleted is None or not deleted.documents[row]}
    return found


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ("kind:a", {"one"}),
        ("-kind:a", {"two", "none"}),  # a negation holds where there is no value
        ("nowhere:a", set()),
        ("-nowhere:a", set()),  # a field that the collection lacks lets nothing pass, whichever way it is asked
        ("id:one|two", {"one", "two"}),
        ("kind:zzz", set()),
    ],
)
def test_what_passes(home: Path, writer: CollectionWriter, filter: str, expected: set[str]) -> None:
    writer.commit(batch(stored("one", kind="a"), stored("gone", kind="a")))
    writer.commit(batch(stored("two", kind="b"), stored("none")), deletes=["gone"])
    with open_generation(home, "docs") as whole:
        seen = view(whole, parse_filter(filter))
        assert ids(seen) == expected == {name for name in ("one", "two", "none", "gone") if seen.find(name)}
        assert seen.manifest.living.documents == len(expected)


def test_a_field_has_the_type_of_the_values_that_are_seen(home: Path, writer: CollectionWriter) -> None:
    writer.commit(batch(stored("one", kind="a", size=3), stored("two", kind="b", size="large", owner="x")))
    only: Filter = parse_filter("kind:a")
    with open_generation(home, "docs") as whole:
        assert whole.manifest.metadata_schema == {"kind": "string", "size": "string", "owner": "string"}
        assert view(whole, only).manifest.metadata_schema == {"kind": "string", "size": "number"}


def test_the_red_documents_are_there(both: Path) -> None:
    (summary,) = list_collections(both)
    assert summary.documents > RED
