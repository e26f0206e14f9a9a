"""What is said of pictures where nobody asks for OCR, or it is not installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import DependencyMissing
from indexer.folders.selection import Selection
from indexer.parsers.ocr import recognition
from indexer.parsers.ocr.choosing import PICTURE, reader_for
from indexer.sources.source import Failed, Skipped, Source, discover
from tests.support.pdfs import Text, draw_pdf

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"


def test_pictures_in_a_folder_are_skipped_and_ocr_is_offered(tmp_path: Path) -> None:
    for name in ("a.png", "b"):
        (tmp_path / name).write_bytes(PNG)
    (tmp_path / "c.jpg").write_bytes(b"\xff\xd8\xff\xe0\0\0")
    assert {found.reason for found in discover([tmp_path]) if isinstance(found, Skipped)} == {PICTURE}


def test_a_picture_that_is_named_fails_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    (found,) = discover([tmp_path / "a.png"])
    assert isinstance(found, Failed) and "--ocr" in found.remedy


def test_with_ocr_a_pdf_is_another_document_and_text_is_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(draw_pdf([[Text(72, 700, "words")]]))
    (tmp_path / "b.txt").write_text("words")
    plain, asked = list(discover([tmp_path])), list(discover([tmp_path], ocr=True))
    same = [
        one.content_hash == other.content_hash
        for one, other in zip(plain, asked, strict=True)
        if isinstance(one, Source) and isinstance(other, Source)
    ]
    assert same == [False, True]


def test_text_that_is_named_like_a_picture_is_text() -> None:
    reader = reader_for("a.png", b"plain words\n", ocr=True)
    assert reader is not None and reader.name == "text"


def test_without_the_extra_ocr_is_refused_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recognition, "find_spec", lambda name: None)
    with pytest.raises(DependencyMissing) as told:
        Selection((tmp_path,), ocr=True).sources(tmp_path)
    assert "winnow-search[ocr]" in told.value.remedy
