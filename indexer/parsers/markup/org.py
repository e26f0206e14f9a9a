"""Org: headlines, paragraphs, lists, blocks, tables; drawers and comments are left out."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from html.entities import name2codepoint

from engine.types import MetadataValue
from indexer.parsers.base import Parsed
from indexer.parsers.builder import LINE, PARAGRAPH
from indexer.parsers.decoding import decode_lines
from indexer.parsers.lined import Line, LinedBuilder
from indexer.parsers.markup.breaks import keeping_lines
from indexer.parsers.metadata import keywords_of, language_code, typed_fields

_HEADLINE = re.compile(r"(\*{1,20})[ \t]+(.*)$")
_STATE = re.compile(r"(?:TODO|DONE|NEXT|WAITING|CANCELED|CANCELLED|STARTED|HOLD)\b[ \t]*")
_PRIORITY = re.compile(r"\[#[A-Z0-9]\][ \t]*")
_TAGS = re.compile(r"[ \t]+:[\w@#%:]+:[ \t]*$")
_KEYWORD = re.compile(r"[ \t]*#\+([\w-]+)(?:\[[^\]]*\])?:[ \t]*(.*)$")
_BEGIN = re.compile(r"[ \t]*#\+begin_(\w+)(?:[ \t].*)?$", re.IGNORECASE)
_END = re.compile(r"[ \t]*#\+end_(\w+)[ \t]*$", re.IGNORECASE)
_COMMENT = re.compile(r"[ \t]*#(?:[ \t]|$)")
_DRAWER = re.compile(r"[ \t]*:([\w-]+):[ \t]*$")
_CUSTOM_ID = re.compile(r"[ \t]*:CUSTOM_ID:[ \t]+(\S+)", re.IGNORECASE)
_FIXED = re.compile(r"[ \t]*:(?: |$)")
_ITEM = re.compile(
    r"([ \t]*)([-+]|(?<=[ \t])\*|\d{1,4}[.)]|[a-zA-Z][.)])[ \t]+(?:\[@\d+\][ \t]*)?(?:\[[ X-]\][ \t]+)?(?=\S)"
)
_TERM = re.compile(r"(.{1,300}?)[ \t]+::(?:[ \t]+|$)")
_RULE = re.compile(r"[ \t]*-{5,}$")
_TABLE_RULE = re.compile(r"[ \t]*\|-[-+|]*$")
_LINK = re.compile(r"\[\[(?P<target>[^\[\]]{1,2000})\](?:\[(?P<text>(?:[^\[\]]|\[[^\[\]]{0,200}\]){1,2000})\])?\]")
_MARKS = re.compile(
    r"(?<![^\s\-({'\"])(?:([=~])(\S(?:[^=~\n]|(?!\1)[=~]|\n(?!\n)){0,1000}?)\1|([*/_+])(\S(?:(?!\3).|\n(?!\n)){0,1000}?)\3)"
    r"(?![^\s\-.,:!?;'\")}\[])"
)
_MACRO = re.compile(
    r"\{\{\{[\w-]{1,60}(?:\(([^{}]{0,300})\))?\}\}\}|@@[\w-]{1,20}:(?:[^@\n]|@(?!@)){0,300}@@|<<<?[^<>\n]{1,200}>>>?"
)
_ENTITY = re.compile(r"([=~])(?:(?!\1)[^\n]){1,300}\1|\\([a-zA-Z]{1,20}\d?)(?:\{\}|(?![a-zA-Z{]))")  # none in code
_VERBATIM = frozenset(("src", "example", "export", "verse"))
_STAMP = re.compile(r"[<\[](\d{4}-\d\d-\d\d)\b[^>\]]*[>\]]$")  # <2024-03-01 Fri 10:00>
_METADATA = {"author": "author", "date": "date", "description": "description", "keywords": "keywords",
             "filetags": "tags"}  # fmt: skip


class OrgParser:
    name = "org"
    label = "Org"
    version = "4"
    suffixes = (".org", ".org_archive")

    def parse(self, data: bytes, *, name: str) -> Parsed:
        remarks: list[str] = []
        reader = _Reader(decode_lines(data, remarks=remarks))
        reader.read()
        title = reader.title or reader.builder.opening()
        return reader.builder.parsed(
            title,
            name=name,
            language=language_code(reader.keywords.pop("language", None)),
            metadata=_metadata(reader.keywords),
            remarks=remarks,
        )


def _metadata(keywords: dict[str, str]) -> dict[str, MetadataValue]:
    """Typed fields: tags and keywords one by one, a date out of its brackets."""
    fields: dict[str, str | list[str]] = dict(keywords)
    if "tags" in keywords:
        fields["tags"] = keywords["tags"].replace(":", " ").split()
    if "keywords" in keywords:
        fields["keywords"] = keywords_of(keywords["keywords"])
    if stamp := _STAMP.match(keywords.get("date", "")):
        fields["date"] = stamp[1]
    return typed_fields(fields)


class _Reader:
    """Goes through the lines once."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.builder = LinedBuilder()
        self.title = ""
        self.keywords: dict[str, str] = {}
        self._lines = [line.expandtabs(8).rstrip() for line in lines]
        self._at = 0
        self._headlines = [number for number, line in enumerate(self._lines) if _HEADLINE.match(line)]
        self._ends = [number for number, line in enumerate(self._lines) if line.strip().upper() == ":END:"]
        self._items: list[int] = []
        self._in_list = False

    def read(self) -> None:
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if not line or _RULE.match(line) or _END.match(line):
                self._at += 1
            elif not (self._headline(line) or self._special(line) or self._drawer(line)):
                self._text(line)

    def _headline(self, line: str) -> bool:
        found = _HEADLINE.match(line)
        if found is None:
            return False
        if found[2].startswith("COMMENT"):
            self._leave_out(len(found[1]))
            return True
        text = _TAGS.sub("", _PRIORITY.sub("", _STATE.sub("", found[2], count=1), count=1))
        if following := self._custom_id():
            self.builder.locate("anchor", following)
        self.builder.title(self._at + 1, len(found[1]), _plain(text))
        self._items, self._in_list = [], False
        self._at += 1
        return True

    def _leave_out(self, level: int) -> None:
        """A headline that is a comment, and all below it, which is never published."""
        self._at += 1
        while self._at < len(self._lines):
            following = _HEADLINE.match(self._lines[self._at])
            if following and len(following[1]) <= level:
                return
            self._at += 1

    def _custom_id(self) -> str | None:
        """The anchor that the drawer below a headline names."""
        for line in self._lines[self._at + 1 : self._at + 20]:
            if found := _CUSTOM_ID.match(line):
                return found[1]
            if not line.lstrip().startswith((":", "SCHEDULED", "DEADLINE", "CLOSED")):
                return None
        return None

    def _special(self, line: str) -> bool:
        """Blocks, keywords and comments."""
        number = self._at + 1
        if begin := _BEGIN.match(line):
            self._at += 1
            kind = begin[1].lower()
            if kind == "comment" or kind in _VERBATIM:
                lines = self._until_end(kind)
                margin = min((len(text) - len(text.lstrip()) for _, text in lines if text), default=0)
                self.builder.verbatim([(n, _unescaped(text[margin:])) for n, text in lines if kind != "comment"])
                self._in_list = False
        elif keyword := _KEYWORD.match(line):
            self._at += 1
            name, value = keyword[1].lower(), keyword[2].strip()
            if name in ("title", "subtitle", "caption"):
                self.builder.paragraph([(number, _plain(value))])
            if name == "title":
                self.title = f"{self.title} {_plain(value)}".strip()
            elif name == "language" or name in _METADATA:
                self.keywords.setdefault(_METADATA.get(name, name), _plain(value))
        elif _COMMENT.match(line):
            self._at += 1
        else:
            return False
        return True

    def _until_end(self, kind: str) -> list[Line]:
        """The lines of a block; one that is never closed ends with the section."""
        start = end = self._at
        while end < len(self._lines):
            found = _END.match(self._lines[end])
            if (found and found[1].lower() == kind) or _HEADLINE.match(self._lines[end]):
                break
            end += 1
        self._at = end
        return [(number + 1, self._lines[number]) for number in range(start, end)]

    def _drawer(self, line: str) -> bool:
        if not _DRAWER.match(line) or line.strip().upper() == ":END:":
            return False
        end, headline = (_next(places, self._at) for places in (self._ends, self._headlines))
        if end is None or (headline is not None and headline < end):
            return False
        self._at = end + 1
        return True

    def _text(self, line: str) -> None:
        if line.lstrip().startswith("|"):
            self._table()
        elif _FIXED.match(line):
            lines = self._while(_FIXED)
            self.builder.verbatim([(number, text.lstrip()[2:]) for number, text in lines])
            self._in_list = False
        elif item := _ITEM.match(line):
            self._item(item)
        else:
            indent = len(line) - len(line.lstrip())
            while self._items and self._items[-1] >= indent:
                self._items.pop()
            self._in_list = False
            self._write(self._paragraph(self._at, self._at + 1), PARAGRAPH)

    def _while(self, pattern: re.Pattern[str]) -> list[Line]:
        start = self._at
        while self._at < len(self._lines) and pattern.match(self._lines[self._at]):
            self._at += 1
        return [(number + 1, self._lines[number]) for number in range(start, self._at)]

    def _table(self) -> None:
        separator = PARAGRAPH
        for number, text in self._while(re.compile(r"\s*\|")):
            if not _TABLE_RULE.match(text):
                self.builder.row(number, [_plain(cell) for cell in text.strip().strip("|").split("|")], separator)
                separator = LINE
        self._in_list = False

    def _item(self, item: re.Match[str]) -> None:
        indent = len(item[1])
        while self._items and self._items[-1] >= indent:
            self._items.pop()
        self._items.append(indent)
        line = self._lines[self._at][item.end() :]
        mark = item[2] if item[2][0].isalnum() else "-"
        lead = f"{'  ' * (min(len(self._items), 8) - 1)}{mark} "
        if term := _TERM.match(line):
            lead, line = f"{lead}{_plain(term[1])}: ", line[term.end() :]
        lines = [(self._at + 1, line), *self._paragraph(self._at + 1, self._at + 1)]
        self._write(lines, LINE if self._in_list else PARAGRAPH, lead)
        self._in_list = True

    def _paragraph(self, start: int, checked: int) -> list[Line]:
        """The lines up to a blank one or, from `checked` on, to what begins something else."""
        end = start
        while end < len(self._lines) and (line := self._lines[end]):
            if end >= checked and (
                (line.lstrip()[:1] in ("|", "#", ":") and line.lstrip()[:2] != "::")
                or _ITEM.match(line)
                or _HEADLINE.match(line)
            ):
                break
            end += 1
        self._at = end
        return [(number + 1, self._lines[number]) for number in range(start, end)]

    def _write(self, lines: Sequence[Line], separator: str, prefix: str = "") -> None:
        text = _without_marks("\n".join(text.removesuffix("\\\\") for _, text in lines))
        numbers = (number for number, _ in lines)
        self.builder.paragraph(zip(numbers, text.split("\n"), strict=False), separator, prefix)


def _next(places: Sequence[int], place: int) -> int | None:
    """The first of sorted places behind another."""
    found = bisect_right(places, place)
    return places[found] if found < len(places) else None


def _without_marks(text: str) -> str:
    text = _MACRO.sub(keeping_lines(lambda found: found[1] or ""), text)
    text = _LINK.sub(keeping_lines(_link), text)
    text = _ENTITY.sub(_entity, text) if "\\" in text else text
    for _ in range(3):  # marks in marks
        text = _MARKS.sub(keeping_lines(lambda found: found[2] or found[4]), text)
    return text


def _link(found: re.Match[str]) -> str:
    target = found["target"]
    return found["text"] or target.removeprefix("file:").removeprefix("#").removeprefix("*")


def _entity(found: re.Match[str]) -> str:
    """The character that a name such as \\alpha stands for: most names are those of HTML."""
    code = name2codepoint.get(found[2] or "")
    return chr(code) if code else found[0]


def _plain(text: str) -> str:
    return " ".join(_without_marks(text).split())


def _unescaped(text: str) -> str:
    """A comma keeps a line of code from being a headline or a keyword."""
    return text[1:] if text.startswith((",*", ",#+")) else text
