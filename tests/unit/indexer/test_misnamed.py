"""Files whose names say another format than the one that they are in."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sqlite3
import tarfile
import zipfile
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from engine.errors import ParseFailed
from indexer.parsers import misnamed, parser_for, suffixes
from indexer.sandbox.parse import parse_upload
from indexer.sources.source import Failed, Found, Source, discover
from indexer.sources.submitted import parse_file
from tests.contract.samples import SAMPLES
from tests.support.files.office import make_docx, make_epub, make_odf, make_pptx, make_xlsx, paragraph, shape
from tests.support.pdfs import make_pdf


def stored(data: bytes) -> bytes:
    """The same zip file with nothing in it compressed, as the first part of OpenDocument has to be."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    return stream.getvalue()


PDF = make_pdf([["The river."]])
RTF = rb"{\rtf1\ansi The river.\par}"
READ = {
    ".pdf": PDF,
    ".rtf": RTF,
    ".docx": make_docx(paragraph("The river.")),
    ".pptx": make_pptx(shape("The river.", placeholder="title")),
    ".xlsx": make_xlsx({"S": '<row r="1"><c r="A1" t="inlineStr"><is><t>The river.</t></is></c></row>'}),
    ".odt": stored(make_odf("<office:text><text:p>The river.</text:p></office:text>")),
    ".epub": make_epub({"a.xhtml": "<html><body><p>The river.</p></body></html>"}),
}


def table() -> bytes:
    stream = io.BytesIO()
    pyarrow.parquet.write_table(pa.table({"text": ["The river."]}), stream)
    return stream.getvalue()


def tarred() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.txt"))
    return stream.getvalue()


UNREAD = {
    "gzip": gzip.compress(b"The river. " * 99, mtime=0),
    "bzip2": bz2.compress(b"The river. " * 99),
    "xz": lzma.compress(b"The river. " * 99),
    "tar": tarred(),
    "Parquet": table(),
    "old office": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000),
    "zip": b"PK\x03\x04" + bytes(26) + b"a.bin" + bytes(200),
    "picture": b"\x89PNG\r\n\x1a\n" + bytes(100),
}


def found(path: Path, data: bytes) -> Found:
    path.write_bytes(data)
    return next(iter(discover([path])))


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "a.csv", "a.log", "a.py", "a.json", "a.tex", "a.doc.txt"])
@pytest.mark.parametrize("suffix", READ)
def test_what_text_parsers_would_spoil_is_read_as_what_it_is(tmp_path: Path, name: str, suffix: str) -> None:
    source = found(tmp_path / name, READ[suffix])
    assert isinstance(source, Source)
    parsed = source.parse()
    assert "The river." in f"{parsed.title} {parsed.text}" and "\x00" not in parsed.text
    assert f"It is named {Path(name).suffix}" in parsed.remarks[0]


@pytest.mark.parametrize(("name", "data"), [("a.docx", PDF), ("a.pdf", READ[".docx"]), ("a.doc", PDF), ("a.xls", RTF)])
def test_so_it_is_among_office_documents(tmp_path: Path, name: str, data: bytes) -> None:
    source = found(tmp_path / name, data)
    assert isinstance(source, Source)
    parsed = source.parse()
    assert "The river." in parsed.text and "It is named" in parsed.remarks[0]


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.csv", "a.jsonl"])
@pytest.mark.parametrize("label", UNREAD)
def test_what_cannot_be_read_so_has_failed_with_both_names(tmp_path: Path, name: str, label: str) -> None:
    failed = found(tmp_path / name, UNREAD[label])
    assert isinstance(failed, Failed)
    assert f"It is named {Path(name).suffix}" in failed.reason and label in failed.reason and failed.remedy


def test_a_database_called_text(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "a.txt")) as database:
        database.execute("create table a (b)")
        database.commit()
    failed = next(iter(discover([tmp_path / "a.txt"])))
    assert isinstance(failed, Failed) and "SQLite" in failed.reason


@pytest.mark.parametrize("suffix", [".pdf", ".docx", ".pptx", ".epub", ".rtf"])
@pytest.mark.parametrize(
    ("data", "other"), [("Größe: the river.".encode() * 9, ".txt"), (b"<!doctype html><p>The river.", ".html")]
)
def test_text_called_something_else_says_so(tmp_path: Path, suffix: str, data: bytes, other: str) -> None:
    source = found(tmp_path / f"a{suffix}", data)
    assert isinstance(source, Source)
    with pytest.raises(ParseFailed) as error:
        source.parse()
    assert f"named {suffix}" in error.value.message and error.value.remedy == f"Rename it to {other}."


@pytest.mark.parametrize("suffix", [".pdf", ".docx", ".epub", ".rtf"])
def test_an_empty_file_is_called_empty(tmp_path: Path, suffix: str) -> None:
    source = found(tmp_path / f"a{suffix}", b"")
    assert isinstance(source, Source)
    with pytest.raises(ParseFailed, match="The file is empty"):
        source.parse()


def test_a_damaged_pdf_is_no_text(tmp_path: Path) -> None:
    source = found(tmp_path / "a.pdf", b"%PDF-1.7\n1 0 obj\n")
    assert isinstance(source, Source)
    with pytest.raises(ParseFailed) as error:
        source.parse()
    assert "--as" not in error.value.remedy


def test_uploads_alike() -> None:
    for parsed in (parse_upload(PDF, "a.txt"), parse_file(PDF, "a.txt")):
        assert parsed.text == "The river." and "a PDF" in parsed.remarks[0]
    for parse in (parse_upload, parse_file):
        with pytest.raises(ParseFailed, match=r"named \.txt, but it is a gzip file"):
            parse(UNREAD["gzip"], "a.txt")


def test_names_that_are_right_are_left_alone() -> None:
    for suffix, data in READ.items():
        assert misnamed(f"a{suffix}", data) is None
    for name, data in (
        ("a.jsonl.gz", UNREAD["gzip"]),
        ("a.parquet", UNREAD["Parquet"]),
        ("a.xls", UNREAD["old office"]),
    ):
        assert misnamed(name, data) is None


@pytest.mark.parametrize(
    "text", [b"%PDF-1.4 is the version of Acrobat 5.", b"PAR10 is a golf course.", b"BZh is short."]
)
def test_words_that_resemble_a_signature_are_text(text: bytes) -> None:
    assert misnamed("a.txt", text) is None


def test_no_sample_of_a_format_is_taken_for_another() -> None:
    for name, (suffix, text) in SAMPLES.items():
        data = text if isinstance(text, bytes) else text.encode()
        assert misnamed(f"a{suffix}", data) is None, name
    assert parser_for("a.pdf", b"") and ".pdf" in suffixes()
