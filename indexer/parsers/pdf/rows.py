"""Pieces that stand in one row of a column, and what a row says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import median

from indexer.parsers.pdf.page import Piece

_OVERLAP = 0.5  # share of the lower one's height that two pieces of a row have in common
_TALL = 1.6  # what is so much taller than the line beside it, such as a sign of warning, makes no row of several
_TOUCHING = 0.15  # of the size: pieces nearer than that are parts of one word

_WIDE = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\u3000-\u303f]")
_NOT_LETTER = re.compile(r"[\W\d_]+")
_NO_ASCII_LETTERS = bytes(code for code in range(128) if not chr(code).isalpha())


def rows(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The rows from top to bottom, each from left to right."""
    found: list[list[Piece]] = []
    top = bottom = 0.0
    for piece in sorted(pieces, key=_middle):
        y0, y1 = piece.y0, piece.y1
        common = (y1 if y1 < bottom else bottom) - (y0 if y0 > top else top)
        height, own = bottom - top, y1 - y0
        lower = own if own < height else height
        if found and common > _OVERLAP * lower:
            found[-1].append(piece)
            if own * _TALL < height or lower * 1.05 < own < _TALL * height:
                top, bottom = y0, y1
        else:
            found.append([piece])
            top, bottom = y0, y1
    for row in found:
        if len(row) > 1:
            row.sort(key=_left)
    return found


def _left(piece: Piece) -> float:
    return piece.x0


def _middle(piece: Piece) -> float:
    return piece.y0 + piece.y1


def usual_size(sizes: Sequence[float]) -> float:
    """The median of pieces' sizes, in points; 1 of nothing."""
    return max(0.1, median(sizes)) if sizes else 1.0


def weight(text: str) -> int:
    """How much a text says: its characters, those of Chinese, Japanese and Korean counted twice."""
    return len(text) if text.isascii() else len(text) + len(_WIDE.findall(text))


def letters(text: str) -> str:
    if text.isascii():  # in a tenth of the time
        return text.encode().translate(None, _NO_ASCII_LETTERS).decode()
    return _NOT_LETTER.sub("", text)
