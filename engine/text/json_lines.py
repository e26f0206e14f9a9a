"""Lines of text files that hold one record each: JSON lines, judgements, queries.

A line ends at a newline and nowhere else. `str.splitlines` also ends one at U+2028, U+0085 and six other characters,
which JSON may hold inside its strings, and so cuts records in two.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

LONGEST = 256 * 1024 * 1024  # bytes: a file without line ends must not fill the memory


def numbered_lines(stream: IO[bytes], longest: int = LONGEST) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, each with its number from 1, without their ends and a byte order mark."""
    number = 0
    while line := stream.readline(longest):
        number += 1
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if line.strip():
            yield number, line.rstrip(b"\r\n")
