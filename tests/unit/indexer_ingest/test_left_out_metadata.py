"""What metadata cannot hold is left out of it, and the report of the ingest says so: nothing is lost in silence."""

from __future__ import annotations

import json
from datetime import datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from api.http.json_text import InvalidJson, parse
from engine.collection import open_collection
from indexer.ingest import ingest, ingest_sources
from indexer.parsers.metadata import left_out
from indexer.report import IngestReport
from indexer.sources.submitted import Submitted, text_source
from tests.conftest import Models

NAN, INF = float("nan"), float("inf")
EARLY = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5)))
UNSTORED: dict[str, tuple[Any, str]] = {
    "nan": (NAN, "nan"),
    "infinity": (INF, "inf"),
    "minus infinity": (-INF, "-inf"),
    "an object": ({"a": 1}, "dict"),
    "a list of lists": ([1, [2]], "list"),
    "a list with nan": ([1.0, NAN], "list"),
    "a list with null": ([1, None], "list"),
    "a list of objects": ([{"a": 1}], "list"),
    "a large integer": (10**30 + 1, "64 bits"),
    "a number of 400 digits": (10**399, "64 bits"),
    "a moment before year 1": (EARLY, "UTC"),
    "bytes": (b"x", "bytes"),
    "a time": (time(1), "time"),
}
ABSENT: list[Any] = [None, "", "  ", [], {}, [None, ""]]


def warned(report: IngestReport) -> dict[str, str]:
    return {problem.source.rpartition("/")[2]: problem.reason for problem in report.warnings}


@pytest.mark.parametrize("name", UNSTORED)
def test_what_a_program_hands_over(tmp_path: Path, models: Models, name: str) -> None:
    value, said = UNSTORED[name]
    document = Submitted("d", "The ferry leaves at six.", metadata={"field": value, "kept": 1})
    report = ingest_sources([text_source(document)], home=tmp_path, collection="c", encoder=models.encoder)
    (reason,) = warned(report).values()
    assert reason.startswith("metadata field 'field' holds an unsupported value") and said in reason
    with open_collection("c", home=tmp_path) as opened:
        assert opened.search("ferry").hits[0].document.metadata == {"kept": 1}


def test_what_is_nested_deeply_or_holds_itself(tmp_path: Path, models: Models) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("---\ntitle: x\nanchor: &a [*a]\nother: &b {b: *b}\n---\nThe ferry.")
    (tmp_path / "docs" / "b.jsonl").write_text('{"id": "d", "text": "The boat.", "x": ' + "[" * 900 + "]" * 900 + "}")
    (tmp_path / "docs" / "c.txt").write_text("The bridge.")
    report = ingest([tmp_path / "docs"], home=tmp_path / "home", collection="c", encoder=models.encoder)
    assert report.added == 3 and len(report.warnings) == 3
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    assert len(left_out({"field": deep})) == 1


@pytest.mark.parametrize("value", ABSENT)
def test_what_is_empty_is_absent(value: Any) -> None:
    assert left_out({"field": value}) == ()


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "1e999", '{"a": 1}', "[[1]]", "[NaN]", "1" * 30])
def test_json_lines(tmp_path: Path, models: Models, literal: str) -> None:
    line = f'{{"id": "d", "text": "The ferry.", "field": {literal}, "metadata": {{"other": {literal}}}}}'
    (tmp_path / "d.jsonl").write_text(line)
    report = ingest([tmp_path / "d.jsonl"], home=tmp_path / "home", collection="c", encoder=models.encoder)
    assert [problem.source for problem in report.warnings] == ["d", "d"]
    assert {"'field'" in problem.reason or "'other'" in problem.reason for problem in report.warnings} == {True}


def test_many_documents_with_the_same_are_counted(tmp_path: Path, models: Models) -> None:
    lines = [json.dumps({"id": f"d{number}", "text": "ferry", "user": {"name": "x"}}) for number in range(50)]
    (tmp_path / "d.jsonl").write_text("\n".join(lines))
    report = ingest([tmp_path / "d.jsonl"], home=tmp_path / "home", collection="c", encoder=models.encoder)
    (problem,) = report.warnings
    assert problem.source == "d0" and problem.reason.endswith("left out; so in 50 documents")


def test_front_matter(tmp_path: Path, models: Models) -> None:
    files = {
        "a.md": "---\nnest: {a: 1}\nscore: .nan\n---\nThe ferry.",
        "b.html": "---\nnest: {a: 1}\nscore: .nan\n---\n<p>The ferry.</p>",
        "c.md": "+++\nscore = nan\n[nest]\na = 1\n+++\nThe ferry.",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
        report = ingest([tmp_path / name], home=tmp_path / "home", collection=name[0], encoder=models.encoder)
        assert "'nest'" in warned(report)[name]
        with open_collection(name[0], home=tmp_path / "home") as opened:
            assert opened.search("ferry").hits[0].document.metadata["score"] in (".nan", "nan")  # as it is written


def test_a_table(tmp_path: Path, models: Models) -> None:
    """NaN is how tables write an empty cell; infinity is none."""
    rows = {"id": ["a", "b"], "text": ["ferry", "tram"], "score": [1.0, NAN], "far": [2.0, INF], "s": [{"x": 1}, None]}
    pyarrow.parquet.write_table(pyarrow.table(rows), tmp_path / "t.parquet")
    report = ingest([tmp_path / "t.parquet"], home=tmp_path / "home", collection="c", encoder=models.encoder)
    told = sorted((problem.source, problem.reason.split("'")[1]) for problem in report.warnings)
    assert told == [("a", "s"), ("b", "far")]


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity"])
def test_over_http_it_is_no_json(literal: str) -> None:
    with pytest.raises(InvalidJson, match=f"has no {literal}"):
        parse(f'{{"metadata": {{"x": {literal}}}}}'.encode(), 100)
