"""The order in which a person reads a page: columns one after the other, and what spans them in its place.

A gutter is a strip that few pieces cross. Those that do (titles, wide tables) cut the page into bands, and a band whose
two sides are columns of text is read side by side; the rest is looked at again in the same way. Cells of a table have
gutters between them as well, but are read row by row: sides are columns if they hold lines of prose, or were drawn one
after the other.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from operator import attrgetter

import numpy as np
import numpy.typing as npt

from indexer.parsers.pdf.page import LEFTWARD, Piece
from indexer.parsers.pdf.rows import letters, weight

_FEW = 4  # pieces that are no two columns
_LINES = 2  # of a column, at least
_FEW_OF = 10  # one of so many lines may reach across
_DEPTH = 12  # cuts within cuts
_CANDIDATES = 6  # gutters that are tried for a region
_GUTTER = 0.7  # least width of a gutter, in sizes of the text
_CROSSED = 0.6  # a gutter is crossed by at most so much of what lies in the fullest place
_REACHING = 0.12  # as is one that so much reaches into
_SPANNING = 0.2  # share of a piece that lies on each side of a gutter which it spans
_PROSE = 18  # weight of a line of prose, at least
_MOSTLY = 0.6  # share of such lines in a column of prose, by weight
_ALIGNED = 0.6  # share of lines that have a line of the other side at their height in a table
_COMMON = 0.3  # of the lower side's height that two columns stand side by side
_SAME_LINE = 0.4  # of the size: pieces whose middles are nearer stand in one line
_LEVEL = 0.2  # the same for lines of two sides
_TOUCHING = 0.3  # of the size: rows that span a gutter and are no further apart make one band
_LETTERED = 0.5  # share of letters in prose
_NUMERIC = 0.3  # share of letters below which a side holds figures
_DENSE = 0.4  # lines of a column that is no prose, against those of one beside it that is
_LEFTWARD = re.compile(LEFTWARD)
_CELL = 10  # weight of an average line in columns that are no prose, such as an index


Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


def reading_order(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Regions in the order in which they are read; within each, rows go from top to bottom.

    Text that runs from right to left is mirrored, and so are the pieces: what is read first lies on the left.
    """
    if _runs_left(pieces):
        pieces = [replace(piece, x0=-piece.x1, x1=-piece.x0) for piece in pieces]
    if len(pieces) < _FEW:
        return [list(pieces)] if pieces else []
    page = _Page(pieces)
    return [[pieces[i] for i in region.tolist()] for region in page.regions(np.arange(len(pieces)), 0)]


def _runs_left(pieces: Sequence[Piece]) -> bool:
    """Whether most of the text is in a script that runs from right to left."""
    text = "".join([piece.text for piece in pieces])
    return not text.isascii() and 2 * len(_LEFTWARD.findall(text)) > len(text.replace(" ", ""))


@dataclass(frozen=True, slots=True)
class _Band:
    """A band between two rows that span a gutter; or such rows, with `right` empty."""

    left: Indices
    right: Indices


@dataclass(frozen=True, slots=True)
class _Side:
    lines: int
    weight: float  # of an average line
    prose: bool
    numeric: bool
    heights: list[float]  # the middle of each line


_NUMBERS = attrgetter("x0", "x1", "y0", "y1", "size", "order")


class _Page:
    """The pieces as columns of numbers; sets of them are arrays of their places."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        numbers = np.fromiter(chain.from_iterable(map(_NUMBERS, pieces)), np.float64).reshape(len(pieces), -1)
        self._x0, self._x1, self._y0, self._y1, self._size, self._order = numbers.T
        self._middle = (self._y0 + self._y1) / 2
        self._texts = [piece.text for piece in pieces]

    @cached_property
    def _said(self) -> Numbers:
        """float64 [4, pieces]: the text's weight, the same of lines of prose only, its length, its letters."""
        weights = np.array([weight(text) for text in self._texts])
        spaces = np.array([text.count(" ") for text in self._texts])  # a line without any is Chinese or Japanese
        prose = np.where((weights >= _PROSE) & (spaces != 1), weights, 0)
        lettered = [len(letters(text)) if text.isascii() else sum(map(str.isalpha, text)) for text in self._texts]
        return np.array([weights, prose, [len(text) for text in self._texts], lettered], dtype=np.float64)

    def regions(self, pieces: Indices, depth: int) -> Iterator[Indices]:
        parts = self._parts(pieces) if len(pieces) >= _FEW and depth < _DEPTH else None
        if parts is None:
            yield pieces
            return
        for part in parts:
            yield from self.regions(part, depth + 1)

    def _parts(self, pieces: Indices) -> list[Indices] | None:
        """The parts into which the best gutter cuts the region, in reading order; None if it is one column."""
        size = max(0.1, float(np.sort(self._size[pieces])[len(pieces) // 2]))
        for middle in self._gutters(pieces, size):
            bands = self._cut(pieces, middle, size)
            accepted = [self._are_columns(band, size) for band in bands]
            if any(accepted):
                return list(_joined(bands, accepted))
        return None

    def _gutters(self, pieces: Indices, size: float) -> list[float]:
        """The middles of the strips that least of the pieces cross, best first."""
        x0, x1 = self._x0[pieces], self._x1[pieces]
        heights = self._y1[pieces] - self._y0[pieces]
        places = np.concatenate([x0, x1])
        order = np.argsort(places, kind="stable")
        edges = places[order]
        covered = np.cumsum(np.concatenate([heights, -heights])[order])
        last = np.append(edges[1:] > edges[:-1], True)  # of edges at the same place
        strips = _valleys(edges[last].tolist(), covered[last].tolist())
        wide = [strip for strip in strips if strip[2] - strip[1] >= _GUTTER * size]
        wide.sort(key=lambda strip: (round(strip[0] / size), strip[1] - strip[2]))
        return [(left + right) / 2 for _, left, right in wide[:_CANDIDATES]]

    def _cut(self, pieces: Indices, middle: float, size: float) -> list[_Band]:
        """Bands from top to bottom; none if too little lies on one of the sides."""
        x0, x1, y = self._x0[pieces], self._x1[pieces], self._middle[pieces]
        least = _SPANNING * (x1 - x0)
        spans = (x0 + least < middle) & (middle < x1 - least)
        on_left = (x0 + x1) / 2 < middle
        if min((on_left & ~spans).sum(), (~on_left & ~spans).sum()) < _LINES:
            return []
        spanning = pieces[spans]
        intervals = _merged(sorted(zip(self._y0[spanning].tolist(), self._y1[spanning].tolist(), strict=True)), size)
        if not intervals:
            return [_Band(pieces[on_left], pieces[~on_left])]
        tops, bottoms = np.array(intervals).T
        above = np.searchsorted(tops, y, side="right")  # intervals that begin above the piece's middle
        places = 2 * above - ((above > 0) & (y <= bottoms[above - 1]))  # even between the intervals, odd within them
        order = np.lexsort((~on_left, places))
        pieces, places = pieces[order], places[order]
        starts = np.append(0, np.flatnonzero(places[1:] != places[:-1]) + 1)
        ends = np.append(starts[1:], len(order))
        middles = np.where(places[starts] % 2, ends, starts + np.add.reduceat(on_left[order].astype(np.int64), starts))
        bands = zip(starts.tolist(), middles.tolist(), ends.tolist(), strict=True)
        return [_Band(pieces[start:middle], pieces[middle:end]) for start, middle, end in bands]

    def _are_columns(self, band: _Band, size: float) -> bool:
        if not len(band.left) or not len(band.right) or not self._side_by_side(band, size):
            return False
        left, right = self._side(band.left, size), self._side(band.right, size)
        if left.prose and right.prose:
            return True
        one_by_one = self._drawn_one_by_one(band)
        aligned = _aligned(left, right, size)
        if left.prose or right.prose:  # the other one may be headings in a margin, which belong where they stand
            dense = min(left.lines, right.lines) > _DENSE * max(left.lines, right.lines)
            return one_by_one or (dense and aligned < _ALIGNED)
        if not one_by_one or left.numeric or right.numeric or min(left.lines, right.lines) < _LINES:
            return False
        return aligned < _ALIGNED or min(left.weight, right.weight) >= _CELL

    def _side_by_side(self, band: _Band, size: float) -> bool:
        """Whether the sides have a good part of their heights in common, and white between them but for a few lines."""
        ends, begins = np.sort(self._x1[band.left]), np.sort(self._x0[band.right])
        if begins[len(begins) // _FEW_OF] < ends[len(ends) - 1 - len(ends) // _FEW_OF] - size:
            return False
        tops = [float(self._y0[side].min()) for side in (band.left, band.right)]
        bottoms = [float(self._y1[side].max()) for side in (band.left, band.right)]
        lower = min(bottom - top for top, bottom in zip(tops, bottoms, strict=True))
        return min(bottoms) - max(tops) > _COMMON * lower

    def _side(self, pieces: Indices, size: float) -> _Side:
        heights = np.sort(self._middle[pieces])
        heights = heights[np.append(True, np.diff(heights) > _SAME_LINE * size)]
        lines = len(heights)
        said, prose, length, letters = self._said[:, pieces].sum(axis=1).tolist()
        lettered = letters / max(1.0, length)
        is_prose = lines > 2 and lettered > _LETTERED and prose > _MOSTLY * said
        return _Side(lines, said / lines, is_prose, lettered < _NUMERIC, heights.tolist())

    def _drawn_one_by_one(self, band: _Band) -> bool:
        left, right = self._order[band.left], self._order[band.right]
        return bool(left.max() < right.min() or right.max() < left.min())


def _joined(bands: list[_Band], accepted: list[bool]) -> Iterator[Indices]:
    """The two sides of each band that holds columns, and what lies between such bands together."""
    rest: list[Indices] = []
    for band, columns in zip(bands, accepted, strict=True):
        if columns:
            if rest:
                yield np.concatenate(rest)
            rest = []
            yield band.left
            yield band.right
        else:
            rest += [band.left, band.right]
    if rest:
        yield np.concatenate(rest)


def _valleys(edges: list[float], covered: list[float]) -> Iterator[tuple[float, float, float]]:
    """Strips (what crosses it, left, right) that less crosses than the strips on either side.

    `covered[i]` is what lies between `edges[i]` and the next one. Lines that reach into a strip a little do not narrow
    it.
    """
    most = max(covered, default=0.0)
    slack = _REACHING * most
    hill = lowest = 0  # the highest and the lowest place since the last strip
    for i, own in enumerate(covered):
        if own > covered[lowest] + slack:
            if covered[hill] > covered[lowest] + slack and covered[lowest] <= _CROSSED * most:
                within = [j for j in range(hill, i) if covered[j] <= covered[lowest] + slack]
                yield covered[lowest], edges[within[0]], edges[within[-1] + 1]
            hill = lowest = i
        elif own < covered[lowest]:
            lowest = i
        if own > covered[hill]:
            hill = lowest = i


def _merged(intervals: Sequence[tuple[float, float]], size: float) -> list[tuple[float, float]]:
    """Intervals that overlap or nearly touch, as one."""
    merged: list[tuple[float, float]] = []
    for top, bottom in intervals:
        if merged and top <= merged[-1][1] + _TOUCHING * size:
            merged[-1] = (merged[-1][0], max(merged[-1][1], bottom))
        else:
            merged.append((top, bottom))
    return merged


def _aligned(left: _Side, right: _Side, size: float) -> float:
    """Share of the lines of the shorter side that have one of the other side at their height."""
    few, many = sorted((left.heights, right.heights), key=len)
    found = 0
    for height in few:
        at = bisect(many, height)
        found += any(abs(other - height) < _LEVEL * size for other in many[max(0, at - 1) : at + 1])
    return found / len(few)
