"""What a file says of itself, as metadata."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from indexer.sources.facts import facts_of, kind_of


def test_the_facts_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "leave.PDF"
    file.write_bytes(b"12345")
    os.utime(file, (1_767_225_600.7, 1_767_225_600.7))
    assert facts_of("handbook/hr/leave.PDF", file) == {
        "folder": ("handbook", "handbook/hr"),
        "kind": "pdf",
        "bytes": 5,
        "modified": datetime(2026, 1, 1, tzinfo=UTC),
    }


def test_what_is_not_known_is_left_out(tmp_path: Path) -> None:
    assert facts_of("README", None) == {}
    assert facts_of("a/b.md", tmp_path / "gone.md") == {"folder": ("a",), "kind": "md"}


def test_a_date_that_nobody_can_write_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text("x")
    try:
        os.utime(file, (10**12, 10**12))
    except (OSError, OverflowError):
        pytest.skip("the file system keeps no such date")
    assert facts_of("a.md", file).keys() <= {"kind", "bytes", "modified"}


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        ("a.md", "md"),
        ("sub.d/README", ""),
        ("corpus.jsonl.gz", "jsonl"),
        ("corpus.jsonl#12", "jsonl"),
        ("box.zip!/in/side.TXT", "txt"),
        ("notes/path#.txt", "txt"),
        ("box.zip!/C#.md", "md"),
        ("mail.eml#offer.pdf", "pdf"),
        ("box.mbox#1@example.org", "mbox"),
        ("box.mbox#1@example.org#offer.pdf", "pdf"),
    ],
)
def test_the_kind_is_that_of_the_document(document: str, kind: str) -> None:
    assert kind_of(document) == kind


def test_an_archive_counts_as_a_folder() -> None:
    assert facts_of("a/box.zip!/in/x.md", None)["folder"] == ("a", "a/box.zip", "a/box.zip!/in")
