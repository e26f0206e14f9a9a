"""What the progress bar says, and that an ingest tells it how much there is to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from api.terminal.progress import described, ingest_progress
from engine.terminal.output import count
from indexer.ingest import ingest
from indexer.report import Progress
from tests.conftest import Models
from tests.support.documents import topical, write_records


@pytest.mark.parametrize(
    ("number", "expected"), [(0, "0 documents"), (1, "1 document"), (2, "2 documents"), (1200, "1,200 documents")]
)
def test_one_is_singular(number: int, expected: str) -> None:
    assert count(number, "document") == expected
    assert count(1, "query", "queries") == "1 query" and count(2, "query", "queries") == "2 queries"


def test_the_bar_has_a_total_once_it_is_known() -> None:
    assert described(Progress(1, 0, 1)) == "1 document, 0 chunks embedded, 1 commit"
    told = Progress(documents=662, chunks=1536, commits=2, total=7342)
    assert described(told) == "662 documents, 1,536 of 7,342 chunks embedded, 2 commits"


@pytest.mark.parametrize("text_first", [True, False, None])
def test_an_ingest_tells_how_many_chunks_it_will_embed(
    models: Models, tmp_path: Path, setting: Callable[..., None], text_first: bool | None
) -> None:
    setting(commit_chunks=4)
    file = write_records(tmp_path / "notes.jsonl", topical(10))
    heard: list[Progress] = []
    report = ingest(
        [file],
        home=tmp_path / "home",
        collection="c",
        encoder=models.encoder,
        reranker="none",
        text_first=text_first,
        watch=heard.append,
    )
    assert heard[-1].chunks == heard[-1].total == report.chunks == 10


def test_a_line_now_and_then_where_stderr_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    moments = iter([0.0, 4.0, 11.0, 11.0, 15.0, 22.0, 22.0])
    with ingest_progress(clock=lambda: next(moments)) as watch:
        for documents in range(4):
            watch(Progress(documents, 0, 0))
    said = "1 document, 0 chunks embedded, 0 commits\n3 documents, 0 chunks embedded, 0 commits\n"
    assert capsys.readouterr() == ("", said)


@pytest.mark.parametrize("lines", [True, False])
def test_a_line_for_each_stage_where_stderr_is_no_terminal(capsys: pytest.CaptureFixture[str], lines: bool) -> None:
    with ingest_progress(lines=lines) as watch:
        for made in (Progress(1, 0, 0, None, 5, 9), Progress(2, 0, 0, None, 9, 9), Progress(2, 1, 0, 7)):
            watch(made)
        watch(Progress(2, 7, 1, 7))
    said = "Opening the models ...\nReading the documents ...\nEmbedding 7 chunks ...\n"
    assert capsys.readouterr() == ("", said if lines else "")
