"""`winnow diff` on a collection that changes, and between two collections."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.errors import ParseFailed
from engine.store.writer import open_writer
from indexer.evaluation.diff.queries import read_queries
from tests.conftest import Models, Winnow
from tests.support.documents import write_records

RECORDS = [
    {"id": "bridge", "text": "The bridge over the river in the city."},
    {"id": "food", "text": "Food for the year."},
    {"id": "search", "text": "A search engine ranks passages of a document."},
]


@pytest.fixture
def queries(tmp_path: Path) -> Path:
    return write_records(tmp_path / "queries.jsonl", [{"id": "q1", "text": "river bridge"}, {"text": "food year"}])


@pytest.fixture
def ingest(winnow: Winnow, tmp_path: Path, home: Path, models: Models) -> Callable[..., int]:
    def run(records: list[dict[str, str]], collection: str = "default") -> int:
        """The generation that holds the records."""
        path = write_records(tmp_path / "records.jsonl", records)
        arguments = ("--home", home, "--collection", collection, "--models", models.option, "--json")
        return int(winnow("ingest", path, *arguments).json["generation"])

    return run


def test_an_added_and_a_changed_document_are_named(
    winnow: Winnow, ingest: Callable[..., int], home: Path, queries: Path
) -> None:
    first = ingest(RECORDS)
    changed = [RECORDS[0] | {"text": "Nothing of the kind."}, {"id": "new", "text": "A river, a bridge, river bridge."}]
    second = ingest(changed)
    found = winnow("diff", first, second, "--queries", queries, "--home", home, "--json").json
    assert (found["a"]["generation"], found["b"]["generation"]) == (first, second)
    query = found["queries"][0]
    assert query["query_id"] == "q1"
    assert [change["document"] for change in query["came"]] == ["new"]
    assert query["came"][0]["cause"] == "added" and query["came"][0]["stages"]["lexical"] == [None, 1]
    moved = {change["document"]: change["cause"] for change in query["moved"]}
    assert moved.get("bridge", "changed") == "changed"
    assert found["summary"]["queries"] == 2 and found["summary"]["changed"] >= 1
    assert found["queries"][1]["query_id"] == "2"  # a query without an id is called by its number


def test_a_deleted_document_is_named(winnow: Winnow, ingest: Callable[..., int], home: Path, queries: Path) -> None:
    first = ingest(RECORDS)
    assert winnow("delete", "bridge", "--home", home).code == 0
    found = winnow("diff", first, "--queries", queries, "--home", home, "--json").json
    assert [(c["document"], c["cause"]) for c in found["queries"][0]["went"]] == [("bridge", "deleted")]
    shown = winnow("diff", first, "current", "--queries", queries, "--home", home)
    assert "deleted" in shown.out and "of 2 queries changed" in shown.out


def test_a_changed_recipe_is_told_with_its_stage(
    winnow: Winnow, ingest: Callable[..., int], home: Path, queries: Path
) -> None:
    first = ingest(RECORDS)
    with open_writer(home, "default", None) as writer:
        writer.commit(None, recipe=writer.manifest.recipe.with_(dense_weight=0.0, rerank="none"))
    found = winnow("diff", first, "--queries", queries, "--home", home, "--json").json
    assert set(found["summary"]["causes"]) >= {"fusion", "rerank"}
    content = sum(found["summary"]["causes"][cause] for cause in ("added", "deleted", "changed", "lexical", "dense"))
    assert content == 0
    assert "recipe rerank: blend -> none" in winnow("diff", first, "--queries", queries, "--home", home).out


def test_two_collections(winnow: Winnow, ingest: Callable[..., int], home: Path, queries: Path) -> None:
    ingest(RECORDS, "one")
    ingest(RECORDS[1:], "two")
    arguments = ("--collection", "one", "--against", "two", "--queries", queries, "--home", home, "-k", 3, "--json")
    found = winnow("diff", *arguments).json
    assert [(c["document"], c["cause"]) for c in found["queries"][0]["went"]] == [("bridge", "deleted")]


def test_the_same_documents_answer_the_same(
    winnow: Winnow, ingest: Callable[..., int], home: Path, queries: Path
) -> None:
    ingest(RECORDS, "one")
    ingest(RECORDS, "two")
    found = winnow("diff", "-c", "one", "--against", "two", "--queries", queries, "--home", home, "--json").json
    assert found["summary"]["changed"] == 0 and found["summary"]["mean_overlap"] == 1.0


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["1", "1"], 2, "itself"),
        (["one", "two"], 2, "not a generation"),
        (["1", "999"], 1, "999"),
    ],
)
def test_wrong_usage(
    winnow: Winnow,
    ingest: Callable[..., int],
    home: Path,
    queries: Path,
    arguments: list[str],
    code: int,
    told: str,
) -> None:
    ingest(RECORDS[:1])
    done = winnow("diff", *arguments, "--queries", queries, "--home", home)
    assert done.code == code and told in done.err


def test_two_queries_with_one_id_are_refused(tmp_path: Path) -> None:
    path = write_records(tmp_path / "q.jsonl", [{"id": 1, "text": "a"}, {"id": 1, "text": "b"}])
    with pytest.raises(ParseFailed, match="two queries"):
        read_queries(path)
