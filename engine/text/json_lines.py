"""Lines of text files that hold one record each: JSON lines, judgements, queries.

A line ends at a newline and nowhere else. `str.splitlines` also ends one at U+2028, U+0085 and six other characters,
which JSON may hold inside its strings, and so cuts records in two. In UTF-16 and UTF-32 a newline has several bytes,
and other characters have its byte, so such files are decoded before they are cut.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from functools import partial
from itertools import chain
from typing import IO

LONGEST = 256 * 1024 * 1024  # bytes: a file without line ends must not fill the memory


_WIDE = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")
_MOST_NULS = 1 / 3  # of the bytes of a line that is not in one of these


def numbered_lines(stream: IO[bytes], longest: int = LONGEST) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, each with its number from 1, without their ends and a byte order mark.

    What is in UTF-16 or UTF-32 comes in UTF-8, all else as it is.
    """
    for number, line in enumerate(_lines(stream, longest), start=1):
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        if line.strip():
            yield number, line.rstrip(b"\r\n")


def _lines(stream: IO[bytes], longest: int) -> Iterator[bytes]:
    read = partial(stream.readline, longest)
    first = read()
    pieces = chain([first] if first else [], iter(read, b""))
    encoding = _wide(first)
    if encoding is None:
        yield from pieces
        return
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    rest = ""
    for piece in pieces:
        *lines, rest = (rest + decoder.decode(piece)).split("\n")
        yield from (line.encode(errors="replace") for line in lines)
    yield rest.encode(errors="replace")


def _wide(line: bytes) -> str | None:
    """UTF-16 or UTF-32, by the mark or the NULs at the beginning of a file's first line; None for what has neither."""
    encoding = json.detect_encoding(line)
    marked = line.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE))
    return encoding if encoding in _WIDE and (marked or line.count(0) > _MOST_NULS * len(line)) else None
