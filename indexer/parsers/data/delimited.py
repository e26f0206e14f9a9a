"""Tables of CSV and TSV files: a line for each row, the header first."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePath

from indexer.parsers.base import Parsed
from indexer.parsers.builder import LINE, PARAGRAPH
from indexer.parsers.decoding import decode_lines
from indexer.parsers.lined import LinedBuilder

Row = tuple[int, list[str]]  # the number of its first line, its cells

_DELIMITERS = (",", ";", "\t", "|")
_SAMPLE = 200  # lines from which the delimiter is told
_SEPARATOR = re.compile(r"sep=([^\w\s]|\t)$")  # what Excel reads in the first line
_END = "\x00"  # after the last line; a quoted cell that was never closed swallows it. No text holds one
_VALUE = re.compile(r"[-+(]?[$€£¥]?\d[\d.,:/ -]*(?:e[-+]?\d+)?[%)]?|\d[\d.:/ T-]*(?:Z|[AP]M)?", re.IGNORECASE)
_YEAR = re.compile(r"(?:1[89]|20)\d\d")
_MIN_TABBED = 0.9  # share of lines with the same number of tabs from which a text is a table
_FEW = 3

csv.field_size_limit(2**31 - 1)  # a cell may hold a whole article


class CsvParser:
    name = "csv"
    label = "CSV"
    version = "1"
    suffixes = (".csv",)

    def parse(self, data: bytes, *, name: str) -> Parsed:
        remarks: list[str] = []
        lines = decode_lines(data, remarks=remarks)
        return table_of(lines, name, _delimiter(lines[:_SAMPLE]), remarks)


class TsvParser:
    name = "tsv"
    label = "TSV"
    version = "1"
    suffixes = (".tsv", ".tab")

    def parse(self, data: bytes, *, name: str) -> Parsed:
        remarks: list[str] = []
        return table_of(decode_lines(data, remarks=remarks), name, "\t", remarks)


def table_of(lines: Sequence[str], name: str, delimiter: str, remarks: Sequence[str] = ()) -> Parsed:
    """The rows of a table. Lines before its header, such as a title, are paragraphs; a table without a header gets one
    that numbers its columns.
    """
    rows = [row for row in rows_of(lines, delimiter) if any(cell.strip() for cell in row[1])]
    builder = LinedBuilder()
    before = _before_table(rows)
    for number, cells in rows[:before]:
        builder.row(number, cells, PARAGRAPH)
    table = rows[before:]
    separator = PARAGRAPH
    if len(table) > 1 and not _is_header(table[0][1]):
        builder.row(table[0][0], [f"column {place}" for place in range(1, len(table[0][1]) + 1)], separator)
        separator = LINE
    for number, cells in table:
        builder.row(number, cells, separator)
        separator = LINE
    return builder.parsed(None, name=name, remarks=remarks)


def looks_tabbed(lines: Sequence[str]) -> bool:
    """Whether these lines, of a file's beginning, are rows with tabs between their cells."""
    counts = [line.strip().count("\t") for line in lines if line.strip()]
    if len(counts) < _FEW:
        return False
    tabs, most = Counter(counts).most_common(1)[0]
    return tabs > 0 and most >= _MIN_TABBED * len(counts)


def rows_of(lines: Sequence[str], delimiter: str, *, spaced: bool = False) -> Iterator[Row]:
    """The rows; from a quotation mark that is never closed on, quotation marks mean nothing. `spaced`: a
    space may stand after the delimiter.
    """
    first = 1 if lines and _SEPARATOR.match(lines[0]) else 0
    reader = csv.reader((f"{line}\n" for line in [*lines[first:], _END]), delimiter=delimiter, skipinitialspace=spaced)
    start = first + 1
    for cells in reader:
        if cells and cells[-1].endswith(f"{_END}\n"):
            yield from ((start + place, line.split(delimiter)) for place, line in enumerate(lines[start - 1 :]))
            return
        if cells != [_END]:
            yield start, cells
        start = first + reader.line_num + 1


def _delimiter(lines: Sequence[str]) -> str:
    """The character that cuts most lines into the same number of cells, the more the better."""
    declared = _SEPARATOR.match(lines[0])
    if declared:
        return declared[1]

    def agreement(delimiter: str) -> tuple[float, int]:
        widths = Counter(len(cells) for _, cells in rows_of(lines, delimiter) if len(cells) > 1)
        width, rows = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
        return rows, width

    return max(_DELIMITERS, key=agreement)


def _before_table(rows: Sequence[Row]) -> int:
    """How many rows at the beginning have a single cell that is filled, in a table of several columns."""
    wide = sum(_filled(cells) > 1 for _, cells in rows)
    if wide <= len(rows) / 2:
        return 0
    return next(place for place, (_, cells) in enumerate(rows) if _filled(cells) > 1)


def _filled(cells: Sequence[str]) -> int:
    return sum(not cell.isspace() for cell in cells if cell)


def _is_header(cells: Sequence[str]) -> bool:
    """Whether none of the cells is a number or a date, years aside: a table may have a column for each."""
    return not any(_VALUE.fullmatch(cell.strip()) and not _YEAR.fullmatch(cell.strip()) for cell in cells)
