"""The units that a document's structure gives: sentences and items, rows, entries of a log, pieces of code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from engine.text.layout import Stretch, fences, prose_spans, stretches
from engine.text.lines import COLONS, ITEM, SENTENCE_ENDS
from engine.text.logs import clock, is_entry
from engine.text.tables import Span, trimmed
from indexer.chunking.code import code_levels
from indexer.chunking.rows import Table, rows_of, table_of
from indexer.chunking.tokenmap import TokenMap
from indexer.chunking.units import APART, START, WITHIN, Unit

_GOES_ON = (*SENTENCE_ENDS, ";", ",")
_TITLE = 80  # code points of a line that may be the title of what follows it
_PAUSE = 60  # seconds between two entries of a log after which something else begins


class Structure:
    """The units of one text.

    Tables of contents have none: what they name stands elsewhere, and their dots and numbers only weigh. They part the
    units into runs, which no chunk crosses.
    """

    def __init__(self, text: str, tokens: TokenMap) -> None:
        self._text = text
        self._marks = fences(text)

    def runs(self, start: int, end: int) -> Iterator[list[Unit]]:
        """The units of `text[start:end]` in order; no run is empty."""
        run: list[Unit] = []
        table: Table | None = None
        for stretch in stretches(self._text, start, end, self._marks):
            introduced = bool(run) and run[-1].repeats and self._introduces(run[-1], stretch.lines[0][0])
            if stretch.kind == "contents":
                if introduced:  # by its title
                    run.pop()
                if run:
                    yield run
                run = []
                continue
            if stretch.kind == "table":
                table = table_of(self._text, stretch.lines, table)
                units = list(rows_of(self._text, stretch.lines, table))
            else:
                units = list(self._units(stretch))
                if table is not None and table.end + 1 == stretch.lines[0][0]:  # lines of the last row's cells
                    units = [_inside(table, unit) for unit in units]
                    table.end = stretch.lines[-1][1]
            if introduced:
                units[0] = units[0]._replace(level=max(units[0].level, WITHIN))
            run += units
        if run:
            yield run

    def _units(self, stretch: Stretch) -> Iterator[Unit]:
        if stretch.kind == "prose":
            yield from self._prose(stretch.lines[0][0], stretch.lines[-1][1])
            return
        lines = [self._text[at:stop] for at, stop in stretch.lines]
        levels = _entry_levels(lines) if stretch.kind == "log" else code_levels(lines, _apart(stretch.lines))
        for line, level in zip(stretch.lines, levels, strict=True):
            yield Unit(*trimmed(self._text, line), level, repeats=False, whole=True)

    def _prose(self, start: int, end: int) -> Iterator[Unit]:
        """Sentences; those of an item go on with its first one, and what is introduced with what introduces it."""
        before: Unit | None = None
        item = False  # whether we are inside of one
        for low, high in prose_spans(self._text, start, end):
            between = "\n" if before is None else self._text[before.end : low]
            level = WITHIN if item else START
            if "\n" in between:
                begins = ITEM.match(self._text, low) is not None
                goes_on = item and not begins and between.count("\n") == 1
                item = begins or goes_on
                introduced = before is not None and self._introduces(before, low)
                level = WITHIN if goes_on or introduced else START
            before = Unit(low, low + len(self._text[low:high].rstrip()), level)
            yield before

    def _introduces(self, unit: Unit, following: int) -> bool:
        """Whether prose is a title or an introduction of what follows it on another line, and ends no sentence."""
        between = self._text[unit.end : following]
        if self._text[unit.end - 1] in COLONS:
            return "\n" in between
        short = unit.end - unit.start <= _TITLE
        return short and "\n\n" in between and self._text[unit.end - 1] not in _GOES_ON


def _inside(table: Table, unit: Unit) -> Unit:
    return unit._replace(level=max(unit.level, WITHIN), repeats=False, header=table.header)


def _entry_levels(lines: Iterable[str]) -> Iterator[int]:
    """The levels of a log's lines; what does not begin an entry goes on with the one above."""
    before: int | None = None
    for line in lines:
        if not is_entry(line):
            yield WITHIN
            continue
        time = clock(line)
        paused = before is not None and time is not None and abs(time - before) >= _PAUSE
        yield APART if paused else START
        before = time


def _apart(lines: Sequence[Span]) -> list[bool]:
    """Before which lines blank ones stand."""
    return [False, *(start - end > 1 for (_, end), (start, _) in pairwise(lines))]
