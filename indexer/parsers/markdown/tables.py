"""Tables: nothing of a row is lost, and rows of nothing are not filled up with cells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from markdown_it.rules_block.table import escapedSplit
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

_DELIMITER_ROW = re.compile(r"^[ \t>|:-]+$", re.MULTILINE)  # below the header
_MADE_UP_CELLS = 10_000


def pads_tables(text: str) -> bool:
    """Whether rows that are shorter than their header would be filled up with far more cells than were written.

    Every row gets as many cells as the header: 2,000 columns above 2,000 empty rows would be four million.
    """
    columns = max((row.count("|") for row in _DELIMITER_ROW.findall(text)), default=0)
    rows = sum("|" in line for line in text.split("\n")) if columns else 0
    return columns * rows > 10 * text.count("|") + _MADE_UP_CELLS


def keep_cells(state: StateCore) -> None:
    """Give a row's last cell what stands behind it, in a row that is longer than its header: `a | b` in code, say."""
    lines: list[str] = []
    for cells, row in _rows(state.tokens):
        lines = lines or state.src.split("\n")
        written = escapedSplit(lines[row.map[0]].lstrip(" \t>").rstrip()) if row.map and cells else []
        written = written[written[:1] == [""] :]
        more = "|".join(written[len(cells) :]).removesuffix("|").strip()
        if more:
            cells[-1].content = f"{written[len(cells) - 1].strip()} | {more}"


def _rows(tokens: list[Token]) -> Iterator[tuple[list[Token], Token]]:
    """The inline tokens of each row of a table's body, and what opens the row."""
    row: Token | None = None
    cells: list[Token] = []
    for before, token in pairwise(tokens):
        if token.type == "tr_open":
            row, cells = token, []
        elif before.type == "td_open":
            cells.append(token)
        elif token.type == "tr_close" and row is not None:
            yield cells, row
