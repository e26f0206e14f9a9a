"""iCalendar and vCard: a section for each event, task or person, a line for each of its fields."""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from indexer.parsers.base import Parsed
from indexer.parsers.builder import LINE
from indexer.parsers.decoding import clean, decode_lines
from indexer.parsers.lined import Line, LinedBuilder

_FIELD = re.compile(r"(?:[\w-]+\.)?([\w-]+)((?:;(?:[^\":;]|\"[^\"]*+\")*+)*+):(.*)", re.DOTALL)
_NAME = re.compile(r";CN=(?:\"([^\"]*)\"|([^;:]*))", re.IGNORECASE)
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?")
_ESCAPE = re.compile(r"\\(.)")
_SECTIONS = frozenset(("VEVENT", "VTODO", "VJOURNAL", "VCARD"))
_HEADINGS = ("SUMMARY", "FN")
_TIMES = frozenset(("DTSTART", "DTEND", "DUE", "COMPLETED", "BDAY", "ANNIVERSARY"))
_NAMES = {"DTSTART": "start", "DTEND": "end", "TEL": "telephone", "ADR": "address", "ORG": "organization"}
_SHOWN = _TIMES | frozenset(
    """ADR ATTENDEE CATEGORIES COMMENT CONTACT DESCRIPTION EMAIL GEO LABEL LOCATION NICKNAME NOTE ORG ORGANIZER
    PRIORITY RESOURCES ROLE RRULE STATUS TEL TITLE URL X-WR-CALNAME X-WR-CALDESC X-ALT-DESC""".split()  # noqa: SIM905
)


@dataclass(slots=True)
class _Component:
    heading: Line | None = None
    fields: list[tuple[int, str]] = field(default_factory=list)


class CalendarParser:
    name = "calendar"
    label = "iCalendar, vCard"
    version = "1"
    suffixes = (".ics", ".ical", ".vcf", ".vcard")

    def parse(self, data: bytes, *, name: str) -> Parsed:
        remarks: list[str] = []
        lines = decode_lines(data, remarks=remarks)
        builder = LinedBuilder()
        if any(line.strip().upper().startswith("BEGIN:V") for line in lines):
            for component in _components(_unfolded(lines)):
                _write(builder, component)
        else:
            builder.verbatim(enumerate(lines, 1))
        return builder.parsed(None, name=name, remarks=remarks)


def _unfolded(lines: Sequence[str]) -> Iterator[Line]:
    """Fields, each with the line in which it begins: it goes on in lines that begin with a space, or, in quoted
    printable, after a line that ends with an equals sign.
    """
    parts: list[str] = []
    first, soft = 0, False
    for number, line in enumerate(lines, 1):
        if parts and (soft or line[:1] in (" ", "\t")):
            parts.append(line if soft else line[1:])
        else:
            if parts:
                yield first, "".join(parts)
            first, parts = number, [line]
        soft = line.endswith("=") and (soft or "QUOTED-PRINTABLE" in line.upper())
        parts[-1] = parts[-1][:-1] if soft else parts[-1]
    yield first, "".join(parts)


def _components(fields: Iterable[Line]) -> Iterator[_Component]:
    """The sections in their order; what stands around them, such as the calendar's name, is the first."""
    outer = _Component()
    component = outer
    found: list[_Component] = []
    for number, line in fields:
        parts = _FIELD.match(line)
        if parts is None:
            continue
        name, parameters, value = parts[1].upper(), parts[2], parts[3]
        kind = value.strip().upper()
        if name == "BEGIN" and kind in _SECTIONS:
            component = _Component()
            found.append(component)
        elif name == "END" and kind in _SECTIONS:
            component = outer
        elif (text := _text(name, parameters, value)) and name in _HEADINGS and component.heading is None:
            component.heading = (number, text)
        elif text and name in _SHOWN:
            component.fields.append((number, f"{_NAMES.get(name, name.removeprefix('X-WR-').lower())}: {text}"))
    return iter([outer, *found])


def _text(name: str, parameters: str, value: str) -> str:
    if "QUOTED-PRINTABLE" in parameters.upper():
        value = clean(quopri.decodestring(value.encode()).decode("utf-8", "replace"))
    if name in ("ATTENDEE", "ORGANIZER") and (person := _NAME.search(parameters)):
        value = f"{(person[1] or person[2]).strip()} <{value.rpartition(':')[2]}>"
    if name in _TIMES and (time := _TIME.fullmatch(value.strip())):
        year, month, day, hour, minute, zone = time.groups()
        return f"{year}-{month}-{day}" + (f" {hour}:{minute}{' UTC' if zone else ''}" if hour else "")
    if name in ("ADR", "ORG"):
        value = ", ".join(part for part in re.split(r"(?<!\\);", value) if part.strip())
    text = _ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)
    return "\n".join(" ".join(line.split()) for line in text.split("\n")).strip()


def _write(builder: LinedBuilder, component: _Component) -> None:
    if component.heading is not None:
        number, text = component.heading
        builder.title(number, 1, text)
    elif component.fields:
        builder.section(1, component.fields[0][1].split("\n")[0][:100])
    first = True
    for number, text in component.fields:
        builder.locate("line", str(number))
        builder.add(text, LINE if component.heading is not None or not first else "\n\n")
        first = False
