"""Formats that a file proves by how it begins, whatever it is called: no text begins so."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Signature:
    """A format that a beginning proves: the suffix of its files, and what people call it."""

    suffix: str
    label: str


_ENTRY = re.compile(rb"PK\x03\x04.{22}(.{2})(.{2})", re.DOTALL)  # of a zip file, up to its name
_NAME = 30  # where the name of the first entry begins
_MIMETYPE = re.compile(rb"mimetype(application/[\w.+]+)")  # stored as it is
_ZIPPED = (  # what the name of an entry begins with
    ("word/", Signature(".docx", "a Word document")),
    ("ppt/", Signature(".pptx", "a PowerPoint presentation")),
    ("xl/", Signature(".xlsx", "an Excel workbook")),
    ("META-INF/container.xml", Signature(".epub", "an EPUB book")),
)
_MIMETYPES = (
    ("application/epub+zip", Signature(".epub", "an EPUB book")),
    ("application/vnd.oasis.opendocument.spreadsheet", Signature(".ods", "an OpenDocument spreadsheet")),
    ("application/vnd.oasis.opendocument.presentation", Signature(".odp", "an OpenDocument presentation")),
    ("application/vnd.oasis.opendocument", Signature(".odt", "an OpenDocument text")),
)
_PDF = re.compile(rb"(?:\xef\xbb\xbf)?\s*%PDF-\d\.\d")
_OTHERS: tuple[tuple[re.Pattern[bytes], Signature], ...] = tuple(
    (re.compile(beginning, re.DOTALL), Signature(suffix, label))
    for beginning, suffix, label in (
        (rb"(?:\xef\xbb\xbf)?\s*\{\\rtf\d", ".rtf", "RTF"),
        (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ".ole", "an old office file"),
        (rb"\x1f\x8b\x08", ".gz", "a gzip file"),
        (rb"BZh[1-9]1AY&SY", ".bz2", "a bzip2 file"),
        (rb"\xfd7zXZ\0", ".xz", "an xz file"),
        (rb"PAR1\x15", ".parquet", "a Parquet table"),
        (rb"ARROW1\0\0", ".arrow", "an Arrow table"),
        (rb"FEA1\0", ".feather", "a Feather table"),
        (rb".{257}ustar[\0 ]", ".tar", "a tar archive"),
        (rb"SQLite format 3\0", ".sqlite", "an SQLite database"),
        (rb"7z\xbc\xaf\x27\x1c", ".7z", "a 7z archive"),
        (rb"Rar!\x1a\x07", ".rar", "a RAR archive"),
        (rb"\x28\xb5\x2f\xfd", ".zst", "a zstd file"),
        (rb"\x89PNG\r\n\x1a\n", ".png", "a picture"),
        (rb"GIF8[79]a.{6,12}[\0!,]", ".gif", "a picture"),
        (rb"\xff\xd8\xff[\xc0-\xfe]", ".jpg", "a picture"),
        (rb"\x7fELF", ".elf", "a program"),
        (rb"%!PS-Adobe-\d", ".ps", "PostScript"),
    )
)


def signature_of(head: bytes) -> Signature | None:
    """The format that bytes from a file's beginning prove; None where they may be text."""
    if _PDF.match(head) and b"obj" in head:  # and not a note on PDF
        return Signature(".pdf", "a PDF")
    if head.startswith(b"PK\x03\x04"):
        return _zipped(head)
    return next((signature for beginning, signature in _OTHERS if beginning.match(head)), None)


def _zipped(head: bytes) -> Signature:
    """The format of a zip file, by the first files in it."""
    if declared := _MIMETYPE.match(head, _NAME):
        for beginning, signature in _MIMETYPES:
            if declared[1].startswith(beginning.encode()):
                return signature
    for entry in _ENTRY.finditer(head):
        name = head[entry.end() : entry.end() + int.from_bytes(entry[1], "little")].decode("utf-8", "replace")
        for beginning, signature in _ZIPPED:
            if name.startswith(beginning):
                return signature
    return Signature(".zip", "a zip archive")
