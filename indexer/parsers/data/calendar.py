"""iCalendar and vCard: a section for each event, task or person, a line for each of its fields."""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from indexer.parsers.base import Parsed
from indexer.parsers.builder import LINE, PARAGRAPH, TextBuilder
from indexer.parsers.decoding import clean, decode_lines
from indexer.parsers.htmltext import add_html, parse_tree
from indexer.parsers.lined import Line, LinedBuilder

_FIELD = re.compile(r"(?:[\w-]+\.)?([\w-]+)((?:;(?:[^\":;]|\"[^\"]*+\")*+)*+):(.*)", re.DOTALL)
_BEGINS = re.compile(r"\s*(?:[\w-]+\.)?BEGIN:V", re.IGNORECASE)
_NAME = re.compile(r";CN=(?:\"([^\"]*)\"|([^;:]*))", re.IGNORECASE)
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(?:\d\d)?(Z|[+-]\d{4})?)?")
_USE = re.compile(r"\b(home|work|cell|fax|pager)\b", re.IGNORECASE)  # of a telephone, an address
_ESCAPE = re.compile(r"\\(.)")
_TAG = re.compile(r"</?(?:a|b|body|br|div|h\d|html|i|li|ol|p|span|strong|table|u|ul)(?:\s[^<>]*)?/?>", re.IGNORECASE)
_SECTIONS = frozenset(("VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VCARD"))
_LEFT_OUT = frozenset(("VTIMEZONE", "VALARM"))  # when clocks were set since 1847, and what a program pops up
_HEADINGS = ("SUMMARY", "FN")
_CALENDAR = ("X-WR-CALNAME", "NAME")
_TIMES = frozenset(("DTSTART", "DTEND", "DUE", "COMPLETED", "BDAY", "ANNIVERSARY"))
_IN_PARTS = ("ADR", "ORG", "N")
_NAMES = {
    "DTSTART": "start",
    "DTEND": "end",
    "BDAY": "birthday",
    "TEL": "telephone",
    "ADR": "address",
    "ORG": "organization",
    "IMPP": "messenger",
    "X-ALT-DESC": "description",
    "X-WR-CALDESC": "description",
}
_SHOWN = _TIMES | frozenset(
    """ADR ATTENDEE CATEGORIES COMMENT CONFERENCE CONTACT DESCRIPTION DURATION EMAIL GEO IMPP LABEL LOCATION NICKNAME
    NOTE ORG ORGANIZER PRIORITY RELATED RESOURCES ROLE RRULE STATUS TEL TITLE URL X-WR-CALDESC X-ALT-DESC""".split()  # noqa: SIM905
)


@dataclass(slots=True)
class _Component:
    """An event, a task, a person; or the calendar around them, of which `heading` is the name."""

    heading: Line | None = None
    person: str = ""  # the parts of a name, where that is all that is given
    fields: list[tuple[int, str]] = field(default_factory=list)

    def settle(self) -> None:
        """Head it by the person's name where it has no heading."""
        if self.heading is None and self.person and self.fields:
            self.heading = (self.fields[0][0], self.person)


class CalendarParser:
    name = "calendar"
    label = "iCalendar, vCard"
    version = "2"
    suffixes = (".ics", ".ical", ".vcf", ".vcard")

    def parse(self, data: bytes, *, name: str) -> Parsed:
        remarks: list[str] = []
        lines = decode_lines(data, remarks=remarks)
        builder = LinedBuilder()
        title = None
        if any(map(_BEGINS.match, lines)):
            outer, *components = _components(_unfolded(lines))
            title = outer.heading[1] if outer.heading else None
            if title is None and len(components) == 1 and components[0].heading:
                title = components[0].heading[1].split("\n")[0]
            outer.heading = None
            for component in (outer, *components):
                _write(builder, component)
        else:
            builder.verbatim(enumerate(lines, 1))
        return builder.parsed(title, name=name, remarks=remarks)


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


def _components(fields: Iterable[Line]) -> list[_Component]:
    """The sections in their order; what stands around them, such as the calendar's name, is the first."""
    outer = _Component()
    component = outer
    found = [outer]
    left_out = ""
    for number, line in fields:
        parts = _FIELD.match(line)
        if parts is None:
            continue
        name, parameters, value = parts[1].upper(), parts[2], parts[3]
        kind = value.strip().upper()
        if left_out:
            left_out = "" if name == "END" and kind == left_out else left_out
        elif name == "BEGIN" and kind in _LEFT_OUT:
            left_out = kind
        elif name == "BEGIN" and kind in _SECTIONS:
            component = _Component()
            found.append(component)
        elif name == "END" and kind in _SECTIONS:
            component = outer
        elif text := _text(name, parameters, value):
            _add(component, (number, text), name, parameters, inside=component is not outer)
    for component in found:
        component.settle()
    return found


def _add(component: _Component, line: Line, name: str, parameters: str, *, inside: bool) -> None:
    number, text = line
    if name in (_HEADINGS if inside else _CALENDAR) and component.heading is None:
        component.heading = line
    elif name == "N" and inside:
        component.person = text
    elif name == "X-ALT-DESC" and any(text.startswith("description: ") for _, text in component.fields):
        return  # the same once more, as HTML
    elif name in _SHOWN:
        uses = dict.fromkeys(map(str.lower, _USE.findall(parameters)))
        label = _NAMES.get(name, name.lower()) + (f" ({', '.join(uses)})" if uses else "")
        component.fields.append((number, f"{label}: {text}"))


def _text(name: str, parameters: str, value: str) -> str:
    if "QUOTED-PRINTABLE" in parameters.upper():
        value = clean(quopri.decodestring(value.encode()).decode("utf-8", "replace"))
    if name in ("ATTENDEE", "ORGANIZER") and (person := _NAME.search(parameters)):
        value = f"{(person[1] or person[2]).strip()} <{value.rpartition(':')[2]}>"
    if name in _TIMES and (time := _TIME.fullmatch(value.strip())):
        year, month, day, hour, minute, zone = time.groups()
        told = "" if zone is None else " UTC" if zone == "Z" else f" {zone}"
        return f"{year}-{month}-{day}" + (f" {hour}:{minute}{told}" if hour else "")
    separator = ", "
    if name in _IN_PARTS:
        parts = re.split(r"(?<!\\);", value)
        if name == "N":  # family; given; further; before; after
            family, given, further, before, after = [*parts[:5], "", "", "", ""][:5]
            parts, separator = [before, given, further, family, after], " "
        value = separator.join(part for part in parts if part.strip())
    text = _ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)
    if _TAG.search(text) and (tree := parse_tree(text)) is not None:
        page = TextBuilder()
        add_html(page, tree)
        text = page.text
    return "\n".join(" ".join(line.split()) for line in text.split("\n") if line.strip()).strip()


def _write(builder: LinedBuilder, component: _Component) -> None:
    """Add a section: its heading first, wherever in the file it stands between its fields."""
    first = min((number for number, _ in component.fields), default=0)
    if component.heading is not None:
        number, text = component.heading
        builder.title(min(number, first or number), 1, text)
    elif component.fields:
        builder.section(1, component.fields[0][1].split("\n")[0][:100])
    separator = PARAGRAPH if component.heading is None else LINE
    for number, text in component.fields:
        builder.locate("line", str(number))
        builder.add(text, separator)
        separator = LINE
