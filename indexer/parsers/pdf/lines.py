"""Lines of a region as they are read: cells of text side by side, most often one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from indexer.parsers.pdf.page import Piece
from indexer.parsers.pdf.rows import rows, usual_size, weight

_CELL_GAP = 1.2  # of the size: from here on what follows stands in another cell
_MARK_GAP = 8.0  # the same behind the mark of a list item or the number of a heading
_WORD_GAP = 0.12  # below that, a sign that closes something belongs to the piece before it
_CLOSING = ".,:;!?)]}%/–’”»。，、）」"
_STRETCHED = 3.0  # a justified line of few words has gaps up to this
_CAPITALS = 20  # of a region
_CAPITAL = 1.7  # a first letter so much taller than its line begins a chapter

LIST_MARK = re.compile(r"(?:[•◦▪▫■□●○‣⁃·∙*–—\-➢➤✓❑❒]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)]|\(?[ivx]{1,4}[.)])")
_NUMBERING = re.compile(r"(?:\.?\d{1,3}(?:\.\d{1,3}){0,5}\.?|[A-Z]\.?|[IVX]{1,5}\.)")
_LEADER = re.compile(r"(?:[ .]*(?:\. ?){4,}+[ .]*|(?: ?[…·]){3,}+ ?|_{4,}+)")


@dataclass(slots=True)
class Cell:
    text: str
    x0: float
    x1: float


@dataclass(slots=True)
class Line:
    """One row of a region. `bold` tells of its first word, `all_bold` of both ends; `level` of a heading by its tag."""

    cells: list[Cell]
    x0: float
    x1: float
    y0: float
    y1: float
    size: float
    bold: bool = False
    all_bold: bool = False
    level: int = 0
    page: int = 0
    item: bool = False  # of a list: it begins with a mark
    fixed: bool = False  # all characters are equally wide
    text: str = ""


def lines_of(region: Sequence[Piece], page: int) -> list[Line]:
    """The region's lines from top to bottom; leaders are gone."""
    found = []
    for row in rows(_with_capitals(region)):
        first, last = row[0], row[-1]
        longest = first if len(row) == 1 else max(row, key=_weight)
        cells = _cells(row, longest.size)
        if not cells:
            continue
        item = len(row) > 1 and len(first.text) == 1 and _is_mark(first.text, row[1].text)
        found.append(
            Line(
                cells,
                cells[0].x0,
                cells[-1].x1,
                longest.y0,
                longest.y1,
                longest.size,
                first.bold,
                first.bold and last.bold_end,
                longest.level,
                page,
                item,
                first.fixed and all(piece.fixed for piece in row),
                cells[0].text if len(cells) == 1 else " ".join([cell.text for cell in cells]),
            )
        )
    return found


def _weight(piece: Piece) -> int:
    return weight(piece.text)


def _cells(row: list[Piece], size: float) -> list[Cell]:
    cells = [Cell(row[0].text, row[0].x0, row[0].x1)]
    limit = _STRETCHED if _is_stretched(row, size) else _CELL_GAP
    for piece in row[1:]:
        text = piece.text
        gap = (piece.x0 - cells[-1].x1) / size
        if gap <= (_MARK_GAP if len(cells) == 1 and _is_mark(cells[0].text, text) else limit):
            cells[-1].text += ("" if gap < _WORD_GAP and text[0] in _CLOSING else " ") + text
            cells[-1].x1 = max(cells[-1].x1, piece.x1)
        else:
            cells.append(Cell(text, piece.x0, piece.x1))
    with_leaders = [cell for cell in cells if _may_have_leader(cell.text)]
    for cell in with_leaders:
        cell.text = " ".join(_LEADER.sub(" … ", cell.text).split())
    return _without_leaders(cells) if with_leaders else cells


def _may_have_leader(text: str) -> bool:
    return ".." in text or ". ." in text or "__" in text or (not text.isascii() and ("…" in text or "·" in text))


def _without_leaders(cells: list[Cell]) -> list[Cell]:
    """The row of a table of contents is one cell, whatever the dots."""
    if len(cells) > 1 and any("…" in cell.text for cell in cells[:-1]):
        text = " ".join(" ".join(cell.text for cell in cells).split()).replace("… …", "…")
        cells = [Cell(text, cells[0].x0, cells[-1].x1)]
    return [cell for cell in cells if cell.text != "…"]


def _is_mark(text: str, following: str) -> bool:
    """Whether a text is the mark of a list item or the number of a heading that follows."""
    if len(text) == 1 and (not text.isalnum() or text == "o"):
        return True
    if LIST_MARK.fullmatch(text):
        return True
    return _NUMBERING.fullmatch(text) is not None and following[0].isalpha()


def _is_stretched(row: list[Piece], size: float) -> bool:
    """Whether the gaps are even: a justified line, or spaced letters."""
    if len(row) < 4:
        return False
    gaps = [after.x0 - before.x1 for before, after in pairwise(row)]
    return max(gaps) <= _STRETCHED * size and max(gaps) - min(gaps) < 0.25 * size


def _with_capitals(region: Sequence[Piece]) -> list[Piece]:
    """The pieces, a capital over several lines put before the first of them."""
    pieces = list(region)
    least = _CAPITAL * usual_size([piece.size for piece in pieces])
    capitals = [piece for piece in pieces if piece.size > least and len(piece.text) == 1 and piece.text.isalpha()]
    for capital in capitals[:_CAPITALS]:
        beside = [piece for piece in pieces if piece is not capital and _is_beside(capital, piece)]
        if beside:
            first = min(beside, key=lambda piece: piece.y0)
            alone = len(first.text.split(" ", 1)[0]) == 1 and not first.text[0].islower()
            first.text = capital.text + " " * alone + first.text
            first.x0 = capital.x0
            pieces = [piece for piece in pieces if piece is not capital]
    return pieces


def _is_beside(capital: Piece, piece: Piece) -> bool:
    """Whether the piece is the first line of those that the capital stands before."""
    right = -0.3 * piece.size <= piece.x0 - capital.x1 < 1.2 * piece.size
    return right and abs(piece.y0 - capital.y0) < piece.size and capital.size > _CAPITAL * piece.size
