"""Entries of logs, which are lines that begin with a time or a level."""

from __future__ import annotations

import re
from collections.abc import Sequence

_HEAD = 80  # code points of a line in which its time stands
_OTHER = tuple("\"'{ \t")  # what begins a line of JSON, or goes on with the entry before
_ENTRY = re.compile(
    r"""\d:\d\d:\d\d | \d{4}-\d\d-\d\d[ T_-]\d\d | \d{1,4}[-/.]\d\d[-/.]\d{2,4},?[ ]\d{1,2}:\d\d
    | \b1\d{9}\b | \b\d{6}[ ]\d{6}\b | ^\W?(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL)\b""",
    re.VERBOSE,
)
_CLOCK = re.compile(r"(\d{1,2}):(\d\d):(\d\d)")


def is_entry(line: str) -> bool:
    """Whether an entry begins with the line."""
    return not line.startswith(_OTHER) and _ENTRY.search(line, 0, _HEAD) is not None


def are_entries(lines: Sequence[str]) -> bool:
    """Whether lines are entries of a log, at least half of them; others go on with the entry above."""
    if len(lines) < 2 or not (is_entry(lines[0]) or is_entry(lines[1])):
        return False
    return 2 * sum(map(is_entry, lines)) >= len(lines)


def clock(line: str) -> int | None:
    """The time of day that an entry gives, in seconds."""
    found = _CLOCK.search(line, 0, _HEAD)
    return None if found is None else int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3])
