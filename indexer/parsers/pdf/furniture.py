"""Running heads and feet, page numbers and line numbers: what is printed on a page and not part of the text.

A row at the edge of a page is furniture if a page near by has it in the same place, and those numbers in it that differ
count the pages. Words of it that the document says nowhere else are kept once.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import nlargest, nsmallest
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from indexer.parsers.pdf.page import SKEWED, Page, Piece
from indexer.parsers.pdf.rows import letters, rows, usual_size

_ROWS = 3  # at the top and at the bottom of a page that may be furniture
_PIECES = 16  # at the top and at the bottom of a page that these rows are made of
_MARGIN = 4  # pieces that may stand in a margin
_NEAR = 4  # pages on which a row comes again: left and right pages differ, and a chapter's first has none
_KEPT = 200  # different heads that are compared with the text
_CHAIN = 3  # pages that have it, if there are so many
_OFTEN = 5  # times that a row comes again, however far away
_SAME_PLACE = 8.0  # points
_LARGE = 1.15  # of the usual size: what may be a title
_OF_PAGES = 0.3  # share of the pages from which it is furniture all the same
_LINE_NUMBERS = 10  # numbers below each other that are line numbers
_OF_ROWS = 0.6  # share of a page's rows that they stand at
_ROMAN = re.compile(r"m{0,3}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})", re.IGNORECASE)
_TOKEN = re.compile(r"\d{1,9}|\b[ivxlcdmIVXLCDM]{1,12}\b")  # without regard to case, it would match ı
_ROMAN_DIGITS = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}
_MARK = "\0"  # for a number in a mask
_ALONE = re.compile(r"\W*\0\W*")
_WORDS = 8  # letters from which a row says something that is worth keeping once


class Row(NamedTuple):
    """A row at the edge of a page. `places` are those of its pieces on the page, `mask` is its text with a mark for
    each number.
    """

    page: int
    places: list[int]
    texts: list[str]  # of its pieces
    rank: int  # 0 is the outermost
    place: float  # from the edge of the page, in points
    at_top: bool
    aside: bool  # in a margin, or turned
    mask: str
    numbers: list[int]
    x0: float
    x1: float
    size: float


class Facts(NamedTuple):
    """Facts of a page from which it is told, with those of all others, what is furniture: rows at its edges, and its
    pieces.
    """

    page: int
    edges: list[Row]
    texts: list[str]
    sizes: list[float]
    fixed: list[bool]


class Furniture(NamedTuple):
    """Furniture of the pages, by their numbers: the places of its pieces, and what of it is kept once.

    `programs`: type of one width tells programs from text, since most of the text is in other type.
    """

    dropped: Mapping[int, set[int]]
    kept: Mapping[int, list[str]]
    programs: bool


def facts_of(page: Page) -> Facts:
    """The facts of a page, from which line numbers are taken."""
    _drop(page, _line_numbers(page))
    pieces = page.pieces
    return Facts(
        page.number,
        list(_edge_rows(page)),
        [piece.text for piece in pieces],
        [piece.size for piece in pieces],
        [piece.fixed for piece in pieces],
    )


def furniture_of(pages: Sequence[Facts]) -> Furniture:
    """Furniture of a document, from the facts of all its pages in order."""
    edges = [row for page in pages for row in page.edges]
    found = _recurring(edges)
    found -= _titles(pages, edges, found)
    found |= _at_their_place(edges, found)
    found |= _parts_of_others(edges, found)
    found = _outermost(edges, found)
    found -= _all_there_is(pages, edges, found)
    dropped = _dropped(edges, found)
    left = [
        [place for place in range(len(page.texts)) if place not in dropped[page.page]]
        if page.page in dropped
        else range(len(page.texts))
        for page in pages
    ]
    kept = _kept_once(pages, left, [edges[i] for i in sorted(found)])
    return Furniture(dropped, kept, _tells_programs(pages, left))


def drop_furniture(page: Page, furniture: Furniture) -> None:
    """Take furniture out of a page's pieces, and note what of it is kept there."""
    if dropped := furniture.dropped.get(page.number):
        page.pieces = [piece for place, piece in enumerate(page.pieces) if place not in dropped]
    page.printed += furniture.kept.get(page.number, [])
    if not furniture.programs:
        for piece in page.pieces:
            piece.fixed = False


def _dropped(edges: Sequence[Row], found: Iterable[int]) -> dict[int, set[int]]:
    """The places of the rows' pieces, by page."""
    dropped: dict[int, set[int]] = {}
    for i in found:
        dropped.setdefault(edges[i].page, set()).update(edges[i].places)
    return dropped


def _tells_programs(pages: Sequence[Facts], left: Sequence[Iterable[int]]) -> bool:
    """Whether type of one width tells programs from text; it does not where the text is in such type as well."""
    total = fixed = 0
    for page, places in zip(pages, left, strict=True):
        for place in places:
            length = len(page.texts[place])
            total += length
            fixed += length * page.fixed[place]
    return 2 * fixed <= total


def _kept_once(pages: Sequence[Facts], left: Sequence[Iterable[int]], found: Sequence[Row]) -> dict[int, list[str]]:
    """Words of a running head that the text has nowhere, by the first page that has them: they go to its end."""
    named = {letters(row.mask).casefold(): row for row in reversed(found)}
    wanted = {words: row for words, row in named.items() if len(words) >= _WORDS}
    kept: dict[int, list[str]] = defaultdict(list)
    if not wanted:
        return kept
    text = "".join(
        letters(page.texts[place]) for page, places in zip(pages, left, strict=True) for place in places
    ).casefold()
    for words, row in list(wanted.items())[:_KEPT]:
        if words not in text:
            kept[row.page].append(" ".join(said for said in row.texts if letters(said)))
    return kept


def _drop(page: Page, identities: set[int]) -> None:
    if identities:
        page.pieces = [piece for piece in page.pieces if id(piece) not in identities]


def _edge_rows(page: Page) -> Iterator[Row]:
    frames = Counter(piece.frame for piece in page.pieces if piece.frame < SKEWED)
    if not frames:
        return
    main = frames.most_common(1)[0][0]
    pieces = page.pieces if len(frames) == 1 else [piece for piece in page.pieces if piece.frame == main]
    places = {id(piece): place for place, piece in enumerate(page.pieces)}
    for rank, row in enumerate(rows(sorted(pieces, key=_middle)[:_PIECES])[:_ROWS]):
        yield _row(page, row, places, rank, at_top=True)
    for rank, row in enumerate(rows(sorted(pieces, key=_middle, reverse=True)[:_PIECES])[: -_ROWS - 1 : -1]):
        yield _row(page, row, places, rank, at_top=False)
    aside = [*_in_margin(pieces), *(piece for piece in page.pieces if piece.frame != main)]
    yield from (_row(page, [piece], places, 0, at_top=False, aside=True) for piece in aside[:_PIECES])


def _in_margin(pieces: Sequence[Piece]) -> list[Piece]:
    """Pieces, few of them, that stand left or right of all others."""
    count = _MARGIN + 1
    if len(pieces) < _MARGIN * count:
        return []
    found: list[Piece] = []
    left = nsmallest(count, pieces, key=lambda piece: piece.x0)
    reach = 0.0
    for i, piece in enumerate(left):
        if i and piece.x0 > reach:
            found += left[:i]
            break
        reach = max(reach, piece.x1) if i else piece.x1
    right = nlargest(count, pieces, key=lambda piece: piece.x1)
    reach = 0.0
    for i, piece in enumerate(right):
        if i and piece.x1 < reach:
            found += right[:i]
            break
        reach = min(reach, piece.x0) if i else piece.x0
    return found


def _row(
    page: Page, pieces: Sequence[Piece], places: Mapping[int, int], rank: int, *, at_top: bool, aside: bool = False
) -> Row:
    first, texts = pieces[0], [piece.text for piece in pieces]
    mask, numbers = _masked(" ".join(texts))
    return Row(
        page.number,
        [places[id(piece)] for piece in pieces],
        texts,
        rank,
        first.y0 - page.top if at_top else -first.y1,
        at_top,
        aside,
        mask,
        numbers,
        first.x0,
        max(piece.x1 for piece in pieces),
        first.size,
    )


def _middle(piece: Piece) -> float:
    return piece.y0 + piece.y1


def _masked(text: str) -> tuple[str, list[int]]:
    numbers: list[int] = []

    def mask(match: re.Match[str]) -> str:
        token = match[0]
        value = int(token) if token[0].isdigit() else _roman(token)
        if value is None:
            return token
        numbers.append(value)
        return _MARK

    return _TOKEN.sub(mask, text), numbers


def _roman(token: str) -> int | None:
    if not token or not _ROMAN.fullmatch(token):
        return None
    values = [_ROMAN_DIGITS[letter] for letter in token.lower()]
    return sum(-own if own < following else own for own, following in zip(values, [*values[1:], 0], strict=True))


def _recurring(edges: Sequence[Row]) -> set[int]:
    """Which rows come again, by their place in `edges`."""
    alike: dict[str, list[int]] = defaultdict(list)
    for i, row in enumerate(edges):
        alike[row.mask].append(i)
    enough = min(_CHAIN, len({row.page for row in edges}))
    found: set[int] = set()
    for same in alike.values():
        most = _NEAR if len(same) < _OFTEN else len(edges)
        again: set[int] = set()
        for at, i in enumerate(same):
            for j in same[at + 1 : at + 1 + 2 * _NEAR]:
                if edges[j].page - edges[i].page > most:
                    break
                if _comes_again(edges[i], edges[j]):
                    again |= {i, j}
                    break
        if len({edges[i].page for i in again}) >= enough:
            found |= again
    return found


def _outermost(edges: Sequence[Row], found: set[int]) -> set[int]:
    """The rows without those that have text between them and the edge of the page."""
    kept: set[int] = set()
    text: set[tuple[int, bool]] = set()
    for i in sorted(range(len(edges)), key=lambda i: edges[i].rank):
        row = edges[i]
        edge = (row.page, row.at_top)
        if i in found and (row.aside or edge not in text):
            kept.add(i)
        elif not row.aside:
            text.add(edge)
    return kept


def _all_there_is(pages: Sequence[Facts], edges: Sequence[Row], found: set[int]) -> set[int]:
    """Rows with words on pages that hold nothing else; all rows, if most pages hold nothing else."""
    dropped = _dropped(edges, found)
    written = [page for page in pages if page.texts]
    bare = {page.page for page in written if len(dropped.get(page.page, ())) == len(page.texts)}
    if 2 * len(bare) > len(written):
        return found
    return {i for i in found if edges[i].page in bare and len(letters(edges[i].mask)) >= _WORDS}


def _titles(pages: Sequence[Facts], edges: Sequence[Row], found: set[int]) -> set[int]:
    """Rows in large type that a few pages have in common, as slides have their titles."""
    usual = usual_size([size for page in pages for size in page.sizes])
    large = [i for i in found if edges[i].size > _LARGE * usual and letters(edges[i].mask)]
    times = Counter(mask for mask, _ in {(edges[i].mask, edges[i].page) for i in large})
    return {i for i in large if times[edges[i].mask] < max(_OFTEN, _OF_PAGES * len(pages))}


def _comes_again(row: Row, other: Row) -> bool:
    if row.page == other.page or (row.at_top, row.aside) != (other.at_top, other.aside) or not _same_place(row, other):
        return False
    step = other.page - row.page
    changes = [after - before for before, after in zip(row.numbers, other.numbers, strict=True)]
    if any(change not in (0, step) for change in changes):
        return False
    return row.aside or len(letters(row.mask)) > 2 or step in changes


def _same_place(row: Row, other: Row) -> bool:
    if abs(row.place - other.place) > _SAME_PLACE or len(row.places) != len(other.places):
        return False
    left, right = other.x0 - row.x0, other.x1 - row.x1
    return min(abs(left), abs(right), abs(left + right) / 2) <= _SAME_PLACE


def _at_their_place(edges: Sequence[Row], found: set[int]) -> set[int]:
    """Rows where furniture usually stands that hold the page's number, such as the head of a chapter of one page."""
    offsets = Counter(number - edges[i].page for i in found for number in edges[i].numbers)
    if not offsets:
        return set()
    offset, count = offsets.most_common(1)[0]
    if count < 3:
        return set()
    places = Counter((edges[i].at_top, round(edges[i].place / _SAME_PLACE)) for i in found)
    usual = {place for place, times in places.items() if times >= 0.1 * len(found)}
    around = {(at_top, near) for at_top, place in usual for near in (place - 1, place, place + 1)}
    return {
        i
        for i, row in enumerate(edges)
        if len(row.numbers) < 5
        and row.page + offset in row.numbers
        and (_ALONE.fullmatch(row.mask) or (row.at_top, round(row.place / _SAME_PLACE)) in around)
        and len(row.mask) < 100
    }


def _parts_of_others(edges: Sequence[Row], found: set[int]) -> set[int]:
    """Rows that say what others do which recur, such as the other half of a head that changes places."""
    whole = sorted({letters(edges[i].mask) for i in found})[:_KEPT]
    parts = {letters(row.mask) for row in edges}
    long = {part for part in parts if len(part) >= 2 * _WORDS}
    known = {part for part in long if any(part in words and 2 * len(part) >= len(words) for words in whole)}
    size = max((edges[i].size for i in found), default=0.0)
    return {i for i, row in enumerate(edges) if letters(row.mask) in known and row.size < _LARGE * size}


def _line_numbers(page: Page) -> set[int]:
    """The pieces that number the lines in a margin."""
    numbers = [piece for piece in page.pieces if piece.frame == 0 and _is_line_number(piece.text)]
    columns = [column for column in _columns(numbers) if _counts(column)] if len(numbers) >= _LINE_NUMBERS else []
    if not columns:
        return set()
    found = rows([piece for piece in page.pieces if piece.frame == 0])
    ends = {id(row[0]): len(row) for row in found} | {id(row[-1]): len(row) for row in found}
    for column in columns:
        at_ends = [ends[id(piece)] for piece in column if id(piece) in ends]
        if len(at_ends) >= max(_LINE_NUMBERS, _OF_ROWS * len(found)) and median(at_ends) <= 2:
            return {id(piece) for piece in column}
    return set()


def _counts(column: list[Piece]) -> bool:
    """Whether each number is one more than the one above it, with few exceptions."""
    values = [int(piece.text) for piece in column]
    ones = sum(after - before == 1 for before, after in pairwise(values))
    return len(column) >= _LINE_NUMBERS and ones >= 0.9 * (len(column) - 1)


def _columns(numbers: list[Piece]) -> list[list[Piece]]:
    """Numbers below each other, from top to bottom: they end at about the same place."""
    columns: list[list[Piece]] = []
    for piece in sorted(numbers, key=lambda piece: piece.x1):
        if columns and piece.x1 - columns[-1][-1].x1 <= piece.size:
            columns[-1].append(piece)
        else:
            columns.append([piece])
    return [sorted(column, key=lambda piece: piece.y0) for column in columns]


def _is_line_number(text: str) -> bool:
    return len(text) < 4 and text.isascii() and text.isdigit()
