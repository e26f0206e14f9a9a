"""Documents of two files that have the same id: nothing is replaced in silence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from indexer.ingest import ingest
from indexer.report import IngestReport, Problem
from tests.conftest import Models
from tests.support.documents import write_records

Run = Callable[..., IngestReport]


@pytest.fixture
def run(home: Path, models: Models) -> Run:
    def go(*paths: Path) -> IngestReport:
        return ingest(paths, home=home, collection="c", encoder=models.encoder, reranker=models.reranker)

    return go


def said(problem: Problem) -> str:
    return f"{problem.source}: {problem.reason} {problem.remedy}"


def lines(folder: Path, name: str, **fields: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return write_records(folder / name, [{"id": "1", "text": f"The river in {folder.name}."} | fields])


def table(folder: Path, name: str, **fields: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    rows = [{"id": "1", "text": f"The bridge in {folder.name}."} | fields]
    pyarrow.parquet.write_table(pa.Table.from_pylist(rows), folder / name)
    return folder / name


@pytest.mark.parametrize(("write", "name"), [(lines, "items.jsonl"), (table, "items.parquet")])
@pytest.mark.parametrize("address", [False, True])
def test_within_a_run_both_files_are_named(
    run: Run, tmp_path: Path, write: Callable[..., Path], name: str, address: bool
) -> None:
    urls = [{"url": f"https://example.org/{side}"} if address else {} for side in "ab"]
    old, new = (write(tmp_path / side, name, **url) for side, url in zip("ab", urls, strict=True))
    (problem,) = run(old, new).warnings
    assert str(old) in said(problem) and str(new) in said(problem) and "'1'" in problem.reason
    assert "--collection" in problem.remedy


@pytest.mark.parametrize(("write", "name"), [(lines, "items.jsonl"), (table, "items.parquet")])
def test_across_runs_both_files_are_named(run: Run, tmp_path: Path, write: Callable[..., Path], name: str) -> None:
    old, new = (write(tmp_path / side, name) for side in "ab")
    assert run(old).warnings == []
    report = run(new)
    (problem,) = report.warnings
    assert report.updated == 1
    assert str(old) in said(problem) and str(new) in said(problem) and "'1'" in problem.reason


def test_an_update_from_the_same_file_is_no_remark(run: Run, tmp_path: Path) -> None:
    run(write_records(tmp_path / "a.jsonl", [{"id": "x#1", "text": "The river."}]))
    report = run(write_records(tmp_path / "a.jsonl", [{"id": "x#1", "text": "The food."}]))
    assert (report.updated, report.warnings) == (1, [])


def test_the_same_content_in_another_file_loses_nothing(run: Run, tmp_path: Path) -> None:
    first = write_records(tmp_path / "a.jsonl", [{"id": "1", "text": "The river."}])
    second = write_records(tmp_path / "b.jsonl", [{"id": "1", "text": "The river."}])
    assert run(first, second).warnings == []


def test_a_record_that_cannot_be_read_replaces_nothing(run: Run, tmp_path: Path) -> None:
    first = write_records(tmp_path / "a.jsonl", [{"id": "1", "text": "The river."}])
    second = write_records(tmp_path / "b.jsonl", [{"id": "1"}])
    report = run(first, second)
    assert (len(report.failed), report.warnings) == (1, [])


def test_many_documents_of_many_files_are_summed(run: Run, tmp_path: Path) -> None:
    for number in range(5):
        records = [{"id": f"{number}-{line}", "text": "The river."} for line in range(10)]
        write_records(tmp_path / f"{number}.jsonl", records)
    run(tmp_path)
    others = [{"id": f"{number}-{line}", "text": "The food."} for number in range(5) for line in range(10)]
    (problem,) = run(write_records(tmp_path / "new.jsonl", others)).warnings
    assert "50 documents" in problem.reason and "0.jsonl" in problem.reason and problem.source.endswith("new.jsonl")


def test_many_documents_of_one_file_are_counted(run: Run, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name, word in (("a.jsonl", "river"), ("b/b.jsonl", "food")):
        write_records(tmp_path / name, [{"id": line, "text": f"The {word}."} for line in range(412)])
    (problem,) = run(tmp_path).warnings
    assert "412 documents, such as '0'," in problem.reason
