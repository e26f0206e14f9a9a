"""Logs: an entry is a line, or a line with a time and those that follow without one, such as a stack trace."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from indexer.parsers.base import Parsed
from indexer.parsers.builder import LINE, PARAGRAPH
from indexer.parsers.decoding import decode_lines
from indexer.parsers.lined import Line, LinedBuilder

# Notations have a clock (04:00:01, 15.42.50) or count seconds (1117838570), but for that of Hadoop (081109 203615).
_TIME = re.compile(r"\d[:.]\d\d[:.]\d\d|\b1\d{9}\b|\b\d{6} \d{6}\b|\d{1,4}[-/.]\d\d[-/.]\d{2,4},? \d{1,2}:\d\d")
_HEAD = 80  # code points of a line in which its time stands
_MIN_TIMED = 0.5  # share of lines with a time from which a line without one continues an entry
_MIN_ENTRIES = 5


class LogParser:
    name = "log"
    label = "logs"
    version = "1"
    suffixes = (".log",)

    def parse(self, data: bytes, *, name: str) -> Parsed:
        remarks: list[str] = []
        return replace(log_of(decode_lines(data, remarks=remarks), name), remarks=tuple(remarks))


def log_of(lines: Sequence[str], name: str) -> Parsed:
    """The entries, each on a line; one of several lines stands apart from its neighbours."""
    builder = LinedBuilder()
    numbered = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    apart = True
    for entry in _entries(numbered) if _share_timed(numbered) >= _MIN_TIMED else ([line] for line in numbered):
        long = len(entry) > 1
        builder.verbatim(entry, PARAGRAPH if long or apart else LINE)
        apart = long
    return builder.parsed(None, name=name)


def looks_like_log(lines: Iterable[str]) -> bool:
    """Whether these lines, of the beginning of a file, have their times in front."""
    numbered = [(0, line) for line in lines if line.strip()]
    return len(numbered) >= _MIN_ENTRIES and _share_timed(numbered) >= _MIN_TIMED


def _entries(lines: Iterable[Line]) -> Iterator[list[Line]]:
    entry: list[Line] = []
    for line in lines:
        if entry and _is_timed(line[1]):
            yield entry
            entry = []
        entry.append(line)
    if entry:
        yield entry


def _share_timed(lines: Sequence[Line]) -> float:
    return sum(_is_timed(line) for _, line in lines) / max(1, len(lines))


def _is_timed(line: str) -> bool:
    return not line[0].isspace() and _TIME.search(line, 0, _HEAD) is not None
