"""reStructuredText, of docutils and of Sphinx: sections, paragraphs, lists, literal blocks, tables, directives.

A light reader: it knows where blocks begin and end. A directive or a role that it does not know keeps its text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from indexer.parsers.base import Parsed
from indexer.parsers.builder import LINE, PARAGRAPH, beside
from indexer.parsers.data.delimited import rows_of
from indexer.parsers.decoding import decode_lines
from indexer.parsers.lined import Line, LinedBuilder
from indexer.parsers.markup.definitions import Definitions
from indexer.parsers.markup.rstinfo import header_fields, is_bibliographic, metadata_of, title_of
from indexer.parsers.markup.rstinline import without_marks
from indexer.parsers.markup.rsttables import GRID, SIMPLE, Row, grid_rows, simple_rows

_RULE = re.compile(r"([!-/:-@\[-`{-~])\1*\s*$")
_ITEM = re.compile(r"(\s*)([-*+•‣]|(?:\d{1,3}|[a-zA-Z]|[ivxlcIVXLC]{2,6}|#)[.)]|\((?:\d{1,3}|[a-zA-Z#])\))(?:[ \t]+|$)")
_FIELD = re.compile(r"(\s*):((?:[^:\\\n`]|\\.|:(?![\s:`])){1,120}):(?:[ \t]+|$)")
_EXPLICIT = re.compile(r"\s*\.\.(?:[ \t]+|$)")
_DIRECTIVE = re.compile(r"\s*\.\.[ \t]+(?:\|([^|\n]+)\|[ \t]+)?([a-zA-Z][\w.+:-]*?)[ \t]?::(?:[ \t]+|$)(.*)")
_TARGET = re.compile(r"\s*\.\.[ \t]+_([^:`\n]+|`[^`\n]+`):(?:[ \t]|$)|\s*__[ \t]")
_NOTE = re.compile(r"\s*\.\.[ \t]+(\[[#*\w.-]+\])(?:[ \t]+|$)")
_PROMPT = re.compile(r"\s*>>>(?:\s|$)")

_CODE = frozenset(
    """code code-block sourcecode parsed-literal literalinclude math prompt doctest testcode testoutput testsetup
    productionlist highlight-block graphviz digraph mermaid uml ipython jupyter-execute command-output runblock
    console""".split()  # noqa: SIM905
)
_LEFT_OUT = frozenset(
    """include raw index contents toctree highlight meta default-role role sectnum section-numbering target-notes
    currentmodule module tabularcolumns only-path autosummary testcleanup header footer unicode date
    default-domain py:currentmodule py:module""".split()  # noqa: SIM905
)
_SAID = {  # what is written before the text
    "versionadded": "New in version", "versionchanged": "Changed in version", "deprecated": "Deprecated since version",
    "versionremoved": "Removed in version", "seealso": "See also", "attention": "Attention", "caution": "Caution",
    "danger": "Danger", "error": "Error", "hint": "Hint", "important": "Important", "note": "Note", "tip": "Tip",
    "warning": "Warning", "todo": "To do",
}  # fmt: skip
_VERSIONS = ("versionadded", "versionchanged", "deprecated", "versionremoved")
_OBJECTS = frozenset(  # what Sphinx describes: a section for each
    """attribute class classmethod cmdoption confval data decorator envvar exception function macro member method
    module object option program property setting staticmethod struct type var""".split()  # noqa: SIM905
)
_LONGEST_TABLE = 500  # lines of one that has blank lines in it
_ALT = ("image", "figure")


class RstParser:
    name = "rst"
    label = "reStructuredText"
    version = "3"
    suffixes = (".rst", ".rst.txt")

    def parse(self, data: bytes, *, name: str) -> Parsed:
        remarks: list[str] = []
        reader = _Reader(decode_lines(data, remarks=remarks))
        reader.read()
        title = title_of(reader.about) or reader.builder.first_heading()
        return reader.builder.parsed(title, name=name, metadata=metadata_of(reader.about), remarks=remarks)


class _Reader:
    """Goes through the lines once. Indentation tells where a block ends; what is in it is read like the rest."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.builder = LinedBuilder()
        self.about: dict[str, str] = {}  # what the document says of itself
        self._begun = False  # there was more than titles
        self._lines = [line.expandtabs(8).rstrip() for line in lines]
        self._at = 0
        self._styles: list[tuple[str, bool]] = []  # of titles, by their level
        self._level = 0
        self._items: list[int] = []  # indents of the items that we are in
        self._in_list = False
        self._objects: list[int] = []  # indents of the objects that are described
        self._literal = False  # the block that follows is one, if it is indented
        self._indent = 0  # of the last paragraph, or of the mark of the last item
        self._margin = 0  # where the text of that begins
        self._said = ""  # what the next paragraph begins with
        self._between = self._coming = PARAGRAPH  # what separates this paragraph from the one above, and the next one
        self._substitutions = Definitions(self._defined())

    def read(self) -> None:
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if not line:
                self._at += 1
                continue
            indent = _indent(line)
            self._between, self._coming = self._coming, PARAGRAPH
            if self._literal and indent > self._indent:
                margin = self._margin if indent > self._margin else self._indent
                self._verbatim(self._block(self._at, margin + 1))
            elif not (self._title(line, indent) or self._explicit(line, indent) or self._table(line)):
                self._literal = False
                self._paragraph_or_item(line, indent)

    def _defined(self) -> dict[str, str]:
        """The texts that stand for the names between bars."""
        found = (_DIRECTIVE.match(line) for line in self._lines if "::" in line)
        return {
            " ".join(part[1].split()).lower(): part[3].strip()
            for part in found
            if part and part[1] and part[2] == "replace"
        }

    def _block(self, start: int, indent: int) -> list[Line]:
        """The lines from `start` on that are blank or indented so far; reading goes on behind them."""
        end = start
        while end < len(self._lines) and (not self._lines[end] or _indent(self._lines[end]) >= indent):
            end += 1
        self._at = max(end, start)
        return [(number, self._lines[number - 1]) for number in range(start + 1, end + 1)]

    def _verbatim(self, lines: Sequence[Line]) -> None:
        margin = min((_indent(text) for _, text in lines if text), default=0)
        self.builder.verbatim([(number, text[margin:]) for number, text in lines])
        self._literal = self._in_list = False
        self._said = ""

    def _title(self, line: str, indent: int) -> bool:
        """A title with a rule below, or above and below; a rule alone is a transition."""
        below = self._lines[self._at + 1] if self._at + 1 < len(self._lines) else ""
        rule = _RULE.match(line) if indent == 0 else None
        if rule is not None and len(line) > 1:
            under = self._lines[self._at + 2] if self._at + 2 < len(self._lines) else ""
            if below and under[:1] == line[:1] and _RULE.match(under) and len(under) >= len(below.strip()):
                return self._begin(self._at + 2, below, (line[0], True), 3)
            if SIMPLE.match(line) or (below and len(line) < 4):
                return False
            self._at += 1  # a transition
            return True
        if indent or not _RULE.match(below) or len(below) < min(len(line), 4) or _EXPLICIT.match(line):
            return False
        return self._begin(self._at + 1, line, (below[0], False), 2)

    def _begin(self, number: int, text: str, style: tuple[str, bool], length: int) -> bool:
        if style not in self._styles:
            self._styles.append(style)
        self._items, self._objects, self._in_list = [], [], False
        self._level = self._styles.index(style) + 1
        self.builder.title(number, self._level, self._plain(text))
        self._at += length
        return True

    def _explicit(self, line: str, indent: int) -> bool:
        """Read what begins with two dots: a directive, a target, a note; else it is a comment."""
        if target := _TARGET.match(line):
            label = (target[1] or "").strip("`")
            if label:
                self.builder.locate("anchor", re.sub(r"[^\w.-]+", "-", label.lower()).strip("-") or label)
            self._skip(indent)
            return True
        if not _EXPLICIT.match(line):
            return False
        if note := _NOTE.match(line):
            rest = [(self._at + 1, line[note.end() :]), *self._continued(self._at + 1, indent + 1)]
            self._write(rest, PARAGRAPH, f"{note[1]} ")
        elif directive := _DIRECTIVE.match(line):
            self._directive(directive[2].lower(), directive[3], indent, named=directive[1] is not None)
        else:
            self._skip(indent)
        return True

    def _skip(self, indent: int) -> None:
        self._block(self._at + 1, indent + 1)

    def _continued(self, start: int, indent: int, most: int | None = None) -> list[Line]:
        """The lines up to a blank one, indented so far, and no more than `most`; reading goes on behind them."""
        end = start
        while end < len(self._lines) and (line := self._lines[end]) and indent <= _indent(line):
            if most is not None and _indent(line) > most:
                break
            end += 1
        self._at = end
        return [(number, self._lines[number - 1]) for number in range(start + 1, end + 1)]

    def _directive(self, name: str, argument: str, indent: int, *, named: bool) -> None:
        number = self._at + 1
        self._in_list = False
        options = self._options(indent)
        short = name.rpartition(":")[2]
        if name in _LEFT_OUT or (named and short not in _ALT):
            self._block(self._at, indent + 1)
        elif short in _CODE:
            if short == "math" and argument.strip():
                self.builder.paragraph([(number, argument)])
            self._verbatim(self._block(self._at, indent + 1))
        elif short in _ALT:
            self.builder.paragraph([(line, text) for key, line, text in options if key == "alt"])
        elif short in ("csv-table", "list-table", "table"):
            self.builder.paragraph([(number, self._plain(argument))])
            self._directive_table(short, options, indent)
        elif short.removeprefix("auto") in _OBJECTS:
            self._describe(number, argument, indent)
        else:
            self._admonish(number, short, argument, indent)

    def _options(self, indent: int) -> list[tuple[str, int, str]]:
        """The options below a directive, and arguments that go on there: (name, line, value)."""
        found: list[tuple[str, int, str]] = []
        self._at += 1
        while self._at < len(self._lines) and _indent(line := self._lines[self._at]) > indent and line:
            option = _FIELD.match(line)
            if option is None and not found:
                break
            if option is not None:
                found.append((option[2].lower(), self._at + 1, line[option.end() :]))
            self._at += 1
        return found

    def _directive_table(self, kind: str, options: Sequence[tuple[str, int, str]], indent: int) -> None:
        if kind == "table":
            return  # what is drawn below is read as any
        lines = self._block(self._at, indent + 1)
        separator = PARAGRAPH
        rows = list(_listed(lines)) if kind == "list-table" else list(_separated(lines))
        heads = [
            (line, [cell for _, cells in rows_of([text], ",", spaced=True) for cell in cells])
            for key, line, text in options
            if key == "header"
        ]
        for number, cells in [*heads, *rows]:
            self.builder.row(number, [self._plain(cell) for cell in cells], separator)
            separator = LINE

    def _describe(self, number: int, signature: str, indent: int) -> None:
        """A function or an option and the like: a section below the one that we are in."""
        while self._objects and self._objects[-1] >= indent:
            self._objects.pop()
        self._objects.append(indent)
        signature = signature.replace("\\", "").strip()
        level = self._level + len(self._objects)
        if level <= 6:
            self.builder.title(number, level, signature)
        else:
            self.builder.paragraph([(number, signature)])
        more = [(line, text) for line, text in self._continued(self._at, indent + 1) if text]
        for line, text in more:
            self.builder.paragraph([(line, text.strip())], LINE)

    def _admonish(self, number: int, name: str, argument: str, indent: int) -> None:
        """A note and its like say what they are; the content is read as any text. Others are their text alone."""
        said = _SAID.get(name, "")
        argument = argument.strip()
        if name in _VERSIONS:
            version, _, argument = argument.partition(" ")
            said = f"{said} {version}"
        if said and not argument and name not in _VERSIONS:
            self._said = f"{said}: "
            return
        first = [(number, argument)] if argument else []
        self._write([*first, *self._continued(self._at, indent + 1)], PARAGRAPH, f"{said}: " if said else "")

    def _table(self, line: str) -> bool:
        start = self._at
        if GRID.match(line):
            end = start
            while end < len(self._lines) and self._lines[end].lstrip()[:1] in ("+", "|") and self._lines[end]:
                end += 1
            rows = grid_rows([(number + 1, self._lines[number]) for number in range(start, end)])
        elif SIMPLE.match(line):
            end = self._end_of_simple_table(start)
            rows = simple_rows([(number + 1, self._lines[number]) for number in range(start, end)])
        else:
            return False
        self._at = end
        self._in_list = False
        separator = PARAGRAPH
        for number, cells in rows:
            self.builder.row(number, [self._plain(cell) for cell in cells], separator)
            separator = LINE
        return True

    def _end_of_simple_table(self, start: int) -> int:
        """The end of a simple table: a rule that a blank line follows. Other blank lines may stand in it, up to
        a length.
        """
        end = first = start
        while end < min(len(self._lines), start + _LONGEST_TABLE):
            while end < len(self._lines) and self._lines[end]:
                end += 1
            first = end if first == start else first
            if SIMPLE.match(self._lines[end - 1]) and end - 1 > start:
                return end
            end += 1
        return first

    def _paragraph_or_item(self, line: str, indent: int) -> None:
        start = self._at
        if _PROMPT.match(line):
            self._verbatim(self._continued(start, 0))
        elif line.lstrip().startswith("| ") or line.strip() == "|":
            self._line_block()
        elif field := _FIELD.match(line):
            if self._tells(field):
                return
            rest = [(start + 1, line[field.end() :]), *self._continued(start + 1, indent + 1)]
            told = self._begun
            self._write(rest, LINE if self._in_list else PARAGRAPH, f"{self._plain(field[2])}: ")
            self._begun, self._in_list = told, True  # other fields of the list may tell of the document
        elif item := _ITEM.match(line):
            self._item(item, indent)
        elif start == 0 and self._header():
            return
        else:
            while self._items and self._items[-1] >= indent:
                self._items.pop()
            # What is indented more is what a term means, or a quotation.
            lines = self._continued(start, indent, indent)
            self._in_list = False
            self._write(lines, self._between)
            self._indent = self._margin = indent
            if len(lines) == 1 and not self._literal and self._at < len(self._lines):
                below = self._lines[self._at]
                if below and _indent(below) > indent:
                    self._coming = LINE if " : " in lines[0][1] else beside(self._plain(lines[0][1]))

    def _item(self, item: re.Match[str], indent: int) -> None:
        while self._items and self._items[-1] >= indent:
            self._items.pop()
        self._items.append(indent)
        start, line = self._at, self._lines[self._at]
        lines = [(start + 1, line[item.end() :]), *self._continued(start + 1, indent + 1)]
        mark = item[2] if item[2][-1] in ".)" and "#" not in item[2] else "-"
        self._indent, self._margin = indent, item.end()
        said, self._said = self._said.strip(), ""
        if said:  # a note that is a list
            self.builder.paragraph([(start + 1, said)])
        self._write(lines, LINE if self._in_list else PARAGRAPH, "  " * (min(len(self._items), 8) - 1) + f"{mark} ")
        self._in_list = True

    def _line_block(self) -> None:
        separator = PARAGRAPH
        for number, text in self._continued(self._at, 0):
            self.builder.paragraph([(number, self._plain(text.strip().removeprefix("|")))], separator)
            separator = LINE

    def _tells(self, field: re.Match[str]) -> bool:
        """Whether a field at the beginning tells of the document."""
        name = field[2].lower()
        if self._begun or not is_bibliographic(name):
            return False
        start = self._at
        rest = [self._lines[start][field.end() :], *(text for _, text in self._continued(start + 1, 1))]
        self.about.setdefault(name, self._plain("\n".join(rest)))
        return True

    def _header(self) -> bool:
        self.about = header_fields([text for _, text in self._continued(0, 0)])
        if not self.about:
            self._at = 0
        return bool(self.about)

    def _write(self, lines: Sequence[Line], separator: str, prefix: str = "") -> None:
        """A paragraph; two colons at its end announce a literal block."""
        self._begun = True
        text = self._plain("\n".join(text for _, text in lines), one_line=False)
        self._literal = text.endswith("::")
        if self._literal:
            text = text[:-2].rstrip() + ("" if text[:-2].endswith((" ", "\n")) or not text[:-2] else ":")
        numbered = [(number, part) for (number, _), part in zip(lines, text.split("\n"), strict=False)]
        prefix, self._said = self._said + prefix, ""
        self.builder.paragraph(numbered, separator, prefix)

    def _plain(self, text: str, *, one_line: bool = True) -> str:
        text = without_marks(text, self._substitutions)
        return " ".join(text.split()) if one_line else text


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _separated(lines: Sequence[Line]) -> list[Row]:
    """The rows of a `csv-table`."""
    filled = [(number, text.strip()) for number, text in lines if text.strip()]
    return [(filled[line - 1][0], cells) for line, cells in rows_of([text for _, text in filled], ",", spaced=True)]


def _listed(lines: Sequence[Line]) -> list[Row]:
    """The rows of a `list-table`: a list of lists."""
    rows: list[Row] = []
    for number, text in lines:
        text = text.strip()
        if text.startswith("* -") or (text.startswith("* ") and not rows):
            rows.append((number, [text.removeprefix("* ").removeprefix("-").strip()]))
        elif rows and (text.startswith("- ") or text == "-"):
            rows[-1][1].append(text[1:].strip())
        elif rows and text:
            rows[-1][1][-1] += f" {text}"
    return rows
