"""AsciiDoc: sections, paragraphs, lists, delimited blocks, tables; attributes are resolved, includes are not made."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.types import MetadataValue
from indexer.parsers.base import Parsed
from indexer.parsers.builder import LINE, PARAGRAPH
from indexer.parsers.decoding import decode_lines
from indexer.parsers.lined import Line, LinedBuilder
from indexer.parsers.markup.adocinline import without_marks
from indexer.parsers.markup.adoctables import table_rows
from indexer.parsers.markup.definitions import Definitions
from indexer.parsers.metadata import keywords_of, language_code, typed_fields

_TITLE = re.compile(r"(={1,6}|#{1,6})[ \t]+(\S.*?)(?:[ \t]+\1)?$")
_UNDERLINE = re.compile(r"([=~^+-])\1+$")
_ATTRIBUTE = re.compile(r":(!?[\w][\w-]*!?):(?:[ \t]+(.*))?$")
_BLOCK_LINE = re.compile(r"\[(.*)\]$")
_ANCHOR = re.compile(r"\[\[([^\[\],]+)(?:,.*)?\]\]$|[^#%\"]*#([\w:.-]+)")
_BLOCK_TITLE = re.compile(r"\.(?![.\s])(\S.*)$")
_DELIMITER = re.compile(r"(-{4,}|\.{4,}|`{3,}|={4,}|\*{4,}|_{4,}|\+{4,}|/{4,}|--|[|,:!]={3,})([\w.+#-]*)$")
_ITEM = re.compile(r"\s*(\*{1,8}|-|\.{1,8}|•|\d{1,3}\.|[a-zA-Z]\.|<(?:\d{1,2}|\.)>)[ \t]+(?:\[[ x*]\][ \t]+)?(?=\S)")
_TERM = re.compile(r"\s*(\S.{0,300}?)(?<!:)(:{2,4}|;;)(?:[ \t]+|$)")
_ADMONITION = re.compile(r"(NOTE|TIP|WARNING|CAUTION|IMPORTANT):[ \t]+")
_MACRO = re.compile(r"([a-z]\w*)::([^\s\[]*+)\[(.*)\]$")
_CONDITION = re.compile(r"^(?:ifdef|ifndef|ifeval|endif)::[^\[\]]*\[(.*)\]$")  # all branches are read
_BREAK = re.compile(r"<<<|'{3,}|- ?- ?-|\\* ?\\* ?\\*$")
_CALLOUT = re.compile(r"\s*(?:#|//|--|;;)?\s*<(?:\d{1,2}|\.)>$")
_NAMES = frozenset(("NOTE", "TIP", "WARNING", "CAUTION", "IMPORTANT"))
_LEFT_OUT = frozenset(("include", "toc", "anchor"))
_VERBATIM = ("-", ".", "`")
_METADATA = ("author", "description", "keywords", "revdate")


class AsciiDocParser:
    name = "asciidoc"
    label = "AsciiDoc"
    version = "4"
    suffixes = (".adoc", ".asciidoc")

    def parse(self, data: bytes, *, name: str) -> Parsed:
        remarks: list[str] = []
        reader = _Reader(decode_lines(data, remarks=remarks))
        reader.read()
        title = reader.builder.first_heading()
        return reader.builder.parsed(
            title,
            name=name,
            language=language_code(reader.attributes.get("lang", "")),
            metadata=_metadata({key: reader.attributes.get(key, "") for key in _METADATA}),
            remarks=remarks,
        )


def _metadata(fields: dict[str, str]) -> dict[str, MetadataValue]:
    return typed_fields({**fields, "keywords": keywords_of(fields["keywords"])})


class _Reader:
    """Goes through the lines once."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.builder = LinedBuilder()
        self.attributes = Definitions()
        self._lines = [_CONDITION.sub(r"\1", line.rstrip()) or (line.strip() and "//") for line in lines]
        self._at = 0
        self._style = ""  # of the block that follows
        self._said = ""  # what the next paragraph begins with
        self._in_list = False
        self._unclosed: set[str] = set()  # delimiters that do not come again
        self._marks: list[str] = []  # of the lists that we are in

    def read(self) -> None:
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if (
                not line
                or line == "+"
                or (line.startswith("//") and not line.startswith("////"))
                or _BREAK.fullmatch(line)
            ):
                self._at += 1
            elif not (self._attribute(line) or self._heading(line) or self._block(line) or self._about(line)):
                self._text(line)

    def _attribute(self, line: str) -> bool:
        found = _ATTRIBUTE.match(line)
        if found is None:
            return False
        value = (found[2] or "").strip()
        while value.endswith("\\") and self._at + 1 < len(self._lines):
            self._at += 1
            value = f"{value[:-1].rstrip()} {self._lines[self._at].strip()}"
        name = found[1].lower()
        if "!" in name:
            self.attributes.pop(name.strip("!"))
        else:
            self.attributes[name] = self._plain(value)
        self._at += 1
        return True

    def _heading(self, line: str) -> bool:
        below = self._lines[self._at + 1] if self._at + 1 < len(self._lines) else ""
        above = self._lines[self._at - 1] if self._at else ""
        if found := _TITLE.match(line):
            level, text, length = len(found[1]), found[2], 1
        elif _BLOCK_LINE.match(line):  # what stands below begins its block
            return False
        elif (rule := _UNDERLINE.match(below)) and abs(len(below) - len(line)) < 2 < len(line) and not above:
            level, text, length = "=-~^+".index(rule[1]) + 1, line, 2
        else:
            return False
        if self._style.startswith(("discrete", "float")):
            level = min(level + 1, 6)
        self.builder.title(self._at + 1, level, self._plain(text))
        self._at += length
        self._end_block()
        self._in_list = False
        if level == 1 and len(self.builder.headings) == 1:
            self._authors()
        return True

    def _authors(self) -> None:
        """The lines below the document's title: who wrote it, and which revision it is."""
        start = self._at
        while self._at < min(start + 2, len(self._lines)) and (line := self._lines[self._at]):
            if line.startswith((":", "//", "include::", "ifdef::", "ifndef::", "image::")) or _TITLE.match(line):
                return
            if self._at == start:
                self.attributes["author"] = re.sub(r"\s*<[^<>]*>", "", line)
            self.builder.paragraph([(self._at + 1, self._plain(line))], LINE if self._at > start else PARAGRAPH)
            self._at += 1

    def _block(self, line: str) -> bool:
        """Read what stands between two equal lines. Only what is verbatim or a table is read here: the rest is text."""
        found = _DELIMITER.match(line)
        if found is None:
            return False
        sign = found[1][0]
        if found[1] == "--" or sign in "=*_":  # their content is text, and so is that of a block that never ends
            self._at += 1
            self._announce()
            return True
        start = self._at + 1
        end = self._end_of(found[1], start)
        if end is None:
            self._at += 1
            return True
        self._at = end + 1
        inside: list[Line] = [(number + 1, self._lines[number]) for number in range(start, end)]
        if found[1].endswith("==="):
            self._table(inside, found[1][0])
        elif sign in _VERBATIM or (sign == "+" and "stem" in self._style):
            code = [(number, _CALLOUT.sub("", text)) for number, text in inside if not text.startswith("include::")]
            self.builder.verbatim(code)
        elif sign == "+":
            self.builder.paragraph([(number, re.sub(r"<[^<>]*>", "", text)) for number, text in inside])
        self._in_list = False
        self._end_block()
        return True

    def _end_of(self, delimiter: str, start: int) -> int | None:
        """The line that closes a block; None where there is none: then there is none for the next such block either."""
        if delimiter in self._unclosed:
            return None
        for number in range(start, len(self._lines)):
            if self._lines[number] == delimiter:
                return number
        self._unclosed.add(delimiter)
        return None

    def _table(self, lines: Sequence[Line], sign: str) -> None:
        separator = PARAGRAPH
        for number, cells in table_rows(lines, self._style, sign):
            self.builder.row(number, [self._plain(cell) for cell in cells], separator)
            separator = LINE

    def _announce(self) -> None:
        """An admonition of several blocks says what it is before the first."""
        name = self._style.split(",")[0].split("#")[0].split("%")[0].strip().upper()
        self._said = f"{name.capitalize()}: " if name in _NAMES else self._said
        self._end_block()

    def _end_block(self) -> None:
        self._style = ""

    def _about(self, line: str) -> bool:
        """Read what is said of the block that follows: its style, its anchor, its title; macros that stand alone."""
        if block := _BLOCK_LINE.match(line):
            anchor = _ANCHOR.match(line if line.startswith("[[") else block[1])
            if anchor:
                self.builder.locate("anchor", (anchor[1] or anchor[2]).strip())
            self._style = block[1] if not line.startswith("[[") else self._style
            self._at += 1
            if self._style.split(",")[0].strip().upper() in _NAMES:
                self._announce()
            return True
        if (title := _BLOCK_TITLE.match(line)) and self._at + 1 < len(self._lines) and self._lines[self._at + 1]:
            self.builder.paragraph([(self._at + 1, self._plain(title[1]))])
            self._in_list = False
            self._at += 1
            return True
        macro = _MACRO.match(line)
        if macro is None:
            return False
        if macro[1] in ("image", "video", "audio"):
            said = macro[3].split(",")[0].strip('"')
            self.builder.paragraph([(self._at + 1, self._plain("" if "=" in said else said))])
        elif macro[1] not in _LEFT_OUT:
            return False
        self._at += 1
        return True

    def _text(self, line: str) -> None:
        if line[0].isspace() and not (_ITEM.match(line) or _TERM.match(line)):
            lines = self._paragraph(self._at)
            margin = min(len(text) - len(text.lstrip()) for _, text in lines)
            self.builder.verbatim([(number, text[margin:]) for number, text in lines])
            self._in_list = False
        elif item := _ITEM.match(line):
            self._item(item)
        elif (term := _TERM.match(line)) and "://" not in term[0]:
            self._at += 1
            rest = [(self._at, line[term.end() :]), *self._paragraph(self._at, of_item=True)]
            self._write(rest, LINE if self._in_list else PARAGRAPH, f"{self._plain(term[1])}: ")
            self._in_list = True
        elif admonition := _ADMONITION.match(line):
            number, *rest = self._paragraph(self._at)
            self._write([(number[0], line[admonition.end() :]), *rest], PARAGRAPH, f"{admonition[1].capitalize()}: ")
        else:
            lines = self._paragraph(self._at)
            self._in_list = False
            if "hardbreaks" in self._style or self._style.startswith("verse") or "hardbreaks-option" in self.attributes:
                separator = PARAGRAPH
                for one in lines:
                    self._write([one], separator)
                    separator = LINE
            else:
                self._write(lines, PARAGRAPH)
        self._end_block()

    def _item(self, item: re.Match[str]) -> None:
        start = self._at
        self._at += 1
        lines = [(start + 1, self._lines[start][item.end() :]), *self._paragraph(self._at, of_item=True)]
        kind = re.sub(r"\d+|[a-zA-Z]", "1", item[1])
        if kind in self._marks:
            del self._marks[self._marks.index(kind) + 1 :]
        elif self._in_list:
            self._marks.append(kind)
        else:
            self._marks = [kind]
        mark = item[1] if item[1][0].isdigit() or item[1][0] == "<" else "-"
        indent = "  " * (min(len(self._marks), 8) - 1)
        self._write(lines, LINE if self._in_list else PARAGRAPH, f"{indent}{mark} ")
        self._in_list = True

    def _paragraph(self, start: int, *, of_item: bool = False) -> list[Line]:
        """The lines up to a blank one or to what begins another block; reading goes on behind them. Those of an item
        or a term end where the next begins.
        """
        end = start
        while end < len(self._lines) and (line := self._lines[end]):
            if end > start or of_item:
                if line == "+" or _DELIMITER.match(line) or _BLOCK_LINE.match(line):
                    break
                if of_item and (_ITEM.match(line) or _TERM.match(line)):
                    break
            end += 1
        self._at = end
        return [(n + 1, self._lines[n]) for n in range(start, end) if not self._lines[n].startswith("//")]

    def _write(self, lines: Sequence[Line], separator: str, prefix: str = "") -> None:
        text = without_marks("\n".join(text.removesuffix(" +") for _, text in lines), self.attributes)
        prefix, self._said = self._said + prefix, ""
        self.builder.paragraph(zip((number for number, _ in lines), text.split("\n"), strict=False), separator, prefix)

    def _plain(self, text: str) -> str:
        return " ".join(without_marks(text, self.attributes).split())
