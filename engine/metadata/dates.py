"""Dates as people write them: documents and filters are read by this one parser.

A date is a day, or a moment: a day with a time. A moment without a zone is taken for UTC, and every moment is kept as
the instant that it is, in UTC. In a comparison a day begins at midnight, UTC.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone

_WRITTEN = re.compile(
    r"""(?P<year>\d{4})
    (?:-(?P<month>\d\d)
      (?:-(?P<day>\d\d)
        (?:(?:[Tt]|[ ]+)(?P<hour>\d\d?):(?P<minute>\d\d)
          (?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?
          (?:[ ]*(?P<zone>[Zz]|UTC|GMT|[+-]\d\d?(?::?\d\d)?))?
        )?
      )?
    )?""",
    re.VERBOSE | re.ASCII,
)
_LENGTH = {  # of what is written down to this precision
    "day": timedelta(days=1),
    "minute": timedelta(minutes=1),
    "second": timedelta(seconds=1),
    "fraction": timedelta(microseconds=1),
}


@dataclass(frozen=True, slots=True)
class Period:
    """The instants that a written date covers, in UTC: from `start` on and before `end`. "2024-03" is the month."""

    start: datetime
    end: datetime


def read_date(text: str) -> date | datetime | None:
    """A whole date: a day, or a moment in UTC; None for any other text, also for "2024-03" and "2024".

    Reads ISO 8601 and RFC 3339, with its leap second, and what site generators and YAML write:
    `2024-01-05 10:00:00 +0800`, `2001-12-14 9:59:43.10 -5`.
    """
    written = _WRITTEN.fullmatch(text.strip())
    if written is None or written["day"] is None:
        return None
    start = _start(written)
    return start if start is None or written["hour"] is not None else start.date()


def read_period(text: str) -> Period | None:
    """The period that a date stands for, be it a year, a month, a day, a minute, a second or less; None for any
    other text.
    """
    written = _WRITTEN.fullmatch(text.strip())
    start = None if written is None else _start(written)
    if written is None or start is None:
        return None
    if written["month"] is None:
        return Period(start, _year_after(start))
    if written["day"] is None:
        following = (start.replace(day=1) + timedelta(days=31)).replace(day=1) if start.month < 12 else None
        return Period(start, following or _year_after(start.replace(month=1)))
    precision = next(name for name in reversed(_LENGTH) if written[name] is not None)
    return Period(start, _after(start, _LENGTH[precision]))


def period_of(value: date) -> Period:
    """The whole day, or the instant, of a date that was read."""
    if isinstance(value, datetime):
        start = value.replace(tzinfo=value.tzinfo or UTC).astimezone(UTC)
        return Period(start, _after(start, timedelta(microseconds=1)))
    start = datetime.combine(value, time(), UTC)
    return Period(start, _after(start, timedelta(days=1)))


def _start(written: re.Match[str]) -> datetime | None:
    """The first instant, in UTC; None for what no calendar or clock has."""
    year, month, day, hour, minute, second = (
        int(written[name] or first)
        for name, first in (("year", 1), ("month", 1), ("day", 1), ("hour", 0), ("minute", 0), ("second", 0))
    )
    leap = second == 60  # the instant is that of the next minute's beginning
    microsecond = int((written["fraction"] or "").ljust(6, "0")[:6])
    try:
        zone = _zone(written["zone"])
        start = datetime(year, month, day, hour, minute, second - leap, microsecond, zone).astimezone(UTC)
        return start + timedelta(seconds=leap)
    except (ValueError, OverflowError):  # the 31st of June; the first hours of the year 1 in the east
        return None


def _zone(written: str | None) -> timezone:
    if written is None or written[0] not in "+-":
        return UTC
    hours, _, minutes = written[1:].rpartition(":") if ":" in written else (written[1:3], "", written[3:])
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return timezone(-offset if written[0] == "-" else offset)


def _after(start: datetime, length: timedelta) -> datetime:
    try:
        return start + length
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def _year_after(start: datetime) -> datetime:
    return start.replace(year=start.year + 1) if start.year < datetime.max.year else datetime.max.replace(tzinfo=UTC)
