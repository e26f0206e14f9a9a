"""What the progress bar says, and that an ingest tells it how much there is to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from rich.progress import Progress

from api.output import count
from api.progress import IngestProgress
from indexer.ingest import ingest
from tests.conftest import Models
from tests.support.documents import topical, write_records


@pytest.mark.parametrize(
    ("number", "expected"), [(0, "0 documents"), (1, "1 document"), (2, "2 documents"), (1200, "1,200 documents")]
)
def test_one_is_singular(number: int, expected: str) -> None:
    assert count(number, "document") == expected
    assert count(1, "query", "queries") == "1 query" and count(2, "query", "queries") == "2 queries"


def test_the_bar_has_a_total_once_it_is_known() -> None:
    bar = Progress(disable=True)
    progress = IngestProgress(bar)
    progress.watch(1, 0, 1)
    (task,) = bar.tasks
    assert (task.description, task.total) == ("1 document, 0 chunks embedded, 1 commit", None)
    progress.expect(7342)
    progress.watch(662, 1536, 2)
    assert task.description == "662 documents, 1,536 of 7,342 chunks embedded, 2 commits"
    assert (task.total, task.completed) == (7342, 1536)


@pytest.mark.parametrize("text_first", [True, False, None])
def test_an_ingest_tells_how_many_chunks_it_will_embed(
    models: Models, tmp_path: Path, setting: Callable[..., None], text_first: bool | None
) -> None:
    setting(commit_chunks=4)
    file = write_records(tmp_path / "notes.jsonl", topical(10))
    expected: list[int] = []
    embedded: list[int] = []
    report = ingest(
        [file],
        home=tmp_path / "home",
        collection="c",
        encoder=models.encoder,
        reranker="none",
        text_first=text_first,
        watch=lambda documents, chunks, commits: embedded.append(chunks),
        expect=expected.append,
    )
    assert expected == [report.chunks] == [embedded[-1]] == [10]
