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
_MIN_EQUAL = 0.9  # share of lines with the same number of cells from which a text is a table
_TABLES = {"\t": (3, 2), "|": (3, 2), ";": (10, 3), ",": (10, 3)}  # lines and cells of a text that is one, at least
_RULE = re.compile(r"[\s|+=:-]+")  # below the header of a table that is drawn with bars
_NOTE = 40  # code points of a note

csv.field_size_limit(2**31 - 1)  # a cell may hold a whole article


class CsvParser:
    name = "csv"
    label = "CSV"
    version = "2"
    suffixes = (".csv",)

    def parse(self, data: bytes, *, name: str) -> Parsed:
        remarks: list[str] = []
        lines = decode_lines(data, remarks=remarks)
        return table_of(lines, name, _delimiter(lines[:_SAMPLE]), remarks)


class TsvParser:
    name = "tsv"
    label = "TSV"
    version = "2"
    suffixes = (".tsv", ".tab")

    def parse(self, data: bytes, *, name: str) -> Parsed:
        remarks: list[str] = []
        return table_of(decode_lines(data, remarks=remarks), name, "\t", remarks)


def table_of(lines: Sequence[str], name: str, delimiter: str, remarks: Sequence[str] = ()) -> Parsed:
    """The rows of a table. Lines before its header, such as a title, and notes below it are paragraphs; a table without
    a header gets one that numbers its columns.
    """
    rows = [row for row in rows_of(lines, delimiter) if any(cell.strip() for cell in row[1])]
    builder = LinedBuilder()
    before = _before_table(rows)
    after = _after_table(rows) if before is not None else len(rows)
    _add_notes(builder, rows[: before or 0])
    table = rows[before or 0 : after]
    separator = PARAGRAPH
    if len(table) > 1 and not _is_header(table[0][1]):
        builder.row(table[0][0], [f"column {place}" for place in range(1, len(table[0][1]) + 1)], separator)
        separator = LINE
    for number, cells in table:
        builder.row(number, cells, separator)
        separator = LINE
    _add_notes(builder, rows[after:])
    return builder.parsed(None, name=name, remarks=remarks)


def delimiter_of_text(lines: Sequence[str]) -> str | None:
    """The character between the cells, if these lines of a file's beginning are rows; None if they are simply text."""
    lines = [line.strip() for line in lines if line.strip()]
    drawn = any(map(_RULE.fullmatch, lines))
    for delimiter, (least_lines, least_cells) in _TABLES.items():
        if len(lines) < least_lines or delimiter not in lines[0] or (delimiter == "|" and drawn):
            continue
        if delimiter in ",;" and _is_punctuation(lines, delimiter):
            continue
        cells, most = Counter(len(cells) for _, cells in rows_of(lines, delimiter)).most_common(1)[0]
        if cells >= least_cells and most >= _MIN_EQUAL * len(lines):
            return delimiter
    return None


def _is_punctuation(lines: Sequence[str], mark: str) -> bool:
    """Whether spaces follow a mark as in prose, whose lines may have as many of them each."""
    return 2 * sum(line.count(f"{mark} ") for line in lines) > sum(line.count(mark) for line in lines)


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


def _before_table(rows: Sequence[Row]) -> int | None:
    """How many rows at the beginning have a single cell that is filled, in a table of several columns; else None."""
    wide = sum(_filled(cells) > 1 for _, cells in rows)
    if wide <= len(rows) / 2:
        return None
    return next(place for place, (_, cells) in enumerate(rows) if _filled(cells) > 1)


def _after_table(rows: Sequence[Row]) -> int:
    """Where the rows begin that are no more than a note in the first cell."""
    place = len(rows)
    while place and _filled(rows[place - 1][1]) == 1 and len(rows[place - 1][1][0]) >= _NOTE:
        place -= 1
    return place


def _add_notes(builder: LinedBuilder, rows: Sequence[Row]) -> None:
    """Add what is said beside the table, without the cells that programs fill its lines up with."""
    for number, cells in rows:
        builder.row(number, [cell for cell in cells if cell.strip()], PARAGRAPH)


def _filled(cells: Sequence[str]) -> int:
    return sum(not cell.isspace() for cell in cells if cell)


def _is_header(cells: Sequence[str]) -> bool:
    """Whether none of the cells is a number or a date, years aside: a table may have a column for each."""
    return not any(_VALUE.fullmatch(cell.strip()) and not _YEAR.fullmatch(cell.strip()) for cell in cells)
