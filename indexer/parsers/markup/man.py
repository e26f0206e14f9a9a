"""Manual pages (roff with the macros of man or mdoc): sections, paragraphs, tagged options, lists, examples."""

from __future__ import annotations

import re
from collections.abc import Sequence

from indexer.parsers.base import Parsed
from indexer.parsers.builder import LINE, MEANS, PARAGRAPH, beside
from indexer.parsers.decoding import decode_lines
from indexer.parsers.lined import Line, LinedBuilder
from indexer.parsers.markup.definitions import Definitions
from indexer.parsers.markup.mdoc import LITERAL, MdocText
from indexer.parsers.markup.roffchars import arguments, unescaped

_REQUEST = re.compile(r"[.'][ \t]*(\\?[\"#]|[%\w]+)(?:[ \t]+(.*)|(\\\{.*))?$")
_FONTS = frozenset(("B", "I", "SM", "SB", "SH", "SS"))
_TURNS = frozenset(("BR", "RB", "BI", "IB", "IR", "RI"))  # fonts that take turns: the words stand together
_BULLETS = frozenset("•-*o·+—–")
_NUMBER = re.compile(r"\(?(?:\d{1,3}|[a-z])[.)]?$")
_ORDINAL = re.compile(r"\(?(?:\d{1,3}|[a-z])[.)]$")  # a number alone is a term, such as an exit status
_ARGUMENT = re.compile(r"\\\$(?:(\d)|\(..|[@*])")
_DEEPEST, _MOST = 8, 50_000  # macros within macros, and lines of them: a small page must not make an endless text
_UNSAID = frozenset(("PD", "DT", "AT", "UC", "IX"))  # distances, tabs, the system, an index: no text
_TRUE = re.compile(r"n\b|!t\b|\\n\(\.g|\(?\\n\(\.g")


class ManParser:
    name = "man"
    label = "manual pages"
    version = "4"
    suffixes = (".man", ".mdoc", ".roff", ".troff", ".nroff")

    def parse(self, data: bytes, *, name: str) -> Parsed:
        remarks: list[str] = []
        reader = _Reader(decode_lines(data, remarks=remarks))
        reader.read()
        return reader.builder.parsed(reader.title or None, name=name, remarks=remarks)


class _Reader:
    """Goes through the lines once; a request is a line that begins with a full stop."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.builder = LinedBuilder()
        self.title = ""
        self._lines = lines
        self._at = 0
        self._mdoc = MdocText()
        self._strings = Definitions()
        self._macros: dict[str, list[str]] = {}
        self._called = 0  # the line that calls a macro, while its lines are read
        self._calls = self._expanded = 0  # macros within macros, and lines of all of them
        self._paragraph: list[Line] = []
        self._prefix = ""
        self._separator = PARAGRAPH
        self._verbatim = False
        self._awaits = ""  # what the next line of text is: a tag or a heading
        self._lists: list[str] = []  # kinds of the lists of mdoc that we are in
        self._skipped_else = False
        self._in_list = False
        self._marked: list[str] = []  # the words of a request, for mdoc

    @property
    def _place(self) -> int:
        """The line of the file, from 1."""
        return self._called or self._at

    @property
    def _below(self) -> str:
        """The separator of what is no text that may stand behind a term: an item, a row, an example."""
        return LINE if self._separator == MEANS else self._separator

    def read(self) -> None:
        self._read_lines()
        self._flush()

    def _read_lines(self) -> None:
        while self._at < len(self._lines):
            line = self._lines[self._at]
            self._at += 1
            while line.endswith("\\") and not line.endswith("\\\\") and self._at < len(self._lines):
                line = line[:-1] + self._lines[self._at]
                self._at += 1
            self._take(line)

    def _take(self, line: str) -> None:
        if line.startswith((".", "'")):
            line = line.removesuffix("\\}")
        request = _REQUEST.match(line)
        if request is None:
            if line.startswith((".", "'")) and not line.strip(".' \t"):
                return
            self._text(unescaped(line, self._strings))
        elif request[1] not in ('\\"', "\\#", '"'):
            self._request(request[1], request[2] or request[3] or "")

    def _text(self, text: str) -> None:
        """A line of text, or what a macro says."""
        if self._awaits:
            kind, self._awaits = self._awaits, ""
            if kind in ("SH", "SS"):
                self._heading(kind, text)
            elif text.strip() in _BULLETS or _ORDINAL.match(text.strip()):
                self._item(text)
            else:
                self._tag(text)
        elif self._verbatim:
            self.builder.verbatim([(self._place, text)], self._below if text.strip() else LINE)
            self._separator = LINE if text.strip() else PARAGRAPH
        elif not text.strip():
            self._flush()
        elif text[0].isspace():  # it begins a line of its own
            self._flush(LINE)
            self._paragraph.append((self._place, text))
        else:
            self._paragraph.append((self._place, text))

    def _flush(self, separator: str = PARAGRAPH) -> None:
        """End the paragraph; `separator` stands before the next one."""
        if self._paragraph:
            self.builder.paragraph(self._paragraph, self._below if self._prefix else self._separator, self._prefix)
            self._paragraph, self._prefix = [], ""
            self._separator = separator
        elif separator == PARAGRAPH and not self._prefix and self._separator != MEANS:
            self._separator = separator

    def _heading(self, kind: str, text: str) -> None:
        self._flush()
        self._prefix, self._in_list, self._separator = "", False, PARAGRAPH
        self.builder.title(self._place, 1 if kind in ("SH", "Sh") else 2, text)

    def _tag(self, text: str) -> None:
        """An option or a word, before what is said of it; options that share it stand below each other."""
        self._flush()
        self._separator = LINE if self._separator == MEANS else PARAGRAPH
        self._in_list = False
        self._paragraph.append((self._place, text))
        self._flush(beside(text))

    def _request(self, name: str, rest: str) -> None:
        given = arguments(rest)
        words = [unescaped(word, self._strings) for word in given]
        self._marked = [LITERAL * word.startswith("\\&") + said for word, said in zip(given, words, strict=True)]
        match name:
            case "TH" | "Dt":
                self._name(words)
            case "SH" | "SS" | "Sh" | "Ss":
                said = self._mdoc.said(self._marked) if name[1] in "hs" else " ".join(words)
                self._heading(name, said) if words else self._await(name)
            case "PP" | "P" | "LP" | "HP" | "Pp" | "sp" | "Lp" | "RE" | "Ed" | "YS" | "bp":
                self._end_block(name)
            case "TP" | "TQ":
                self._flush(LINE if self._in_list else PARAGRAPH)
                self._await("tag")
            case "IP":
                self._item(words[0] if words else "")
            case "nf" | "EX" | "Bd":
                self._flush()
                self._verbatim = name != "Bd" or any(word in ("-literal", "-unfilled") for word in words)
            case "fi" | "EE":
                self._end_block("Ed")
            case "br" | "RS":
                self._flush(LINE if name == "br" else PARAGRAPH)
            case "ig":
                self._definition(words[0] if words else "")
            case "de" | "de1" | "am" if words:
                body = self._definition(words[1] if len(words) > 1 else "")
                self._macros[words[0]] = [*(self._macros.get(words[0], ()) if name == "am" else ()), *body]
            case "ds":
                string, _, value = rest.partition(" ")
                self._strings[string] = unescaped(value.lstrip().removeprefix('"'), self._strings)
            case "if" | "ie" | "el" | "while":
                self._condition(name, rest)
            case "TS":
                self._table()
            case "UR" | "MT" | "SY" | "OP":
                self._text(" ".join(words) if name != "OP" else f"[{' '.join(words)}]")
            case "UE" | "ME":
                return
            case _ if name in self._macros and name not in _FONTS | _TURNS:
                self._call(self._macros[name], given)
            case _:
                self._said(name, words)

    def _said(self, name: str, words: list[str]) -> None:
        """Macros that say something in the line; a request that is not known says nothing, a macro its words."""
        if name in _TURNS:
            self._text("".join(words))
        elif name in _FONTS:
            self._text(" ".join(words)) if words else None
        elif name == "Nd":
            self._text(f"– {self._mdoc.said(self._marked)}")
        elif name in ("Bl", "El", "It"):
            self._list(name, words)
        elif name in ("Dl", "D1"):
            self._flush()
            self.builder.verbatim([(self._place, self._mdoc.said(self._marked))])
        elif name == "Sm":
            self._mdoc.spaced = words[:1] != ["off"]
        elif name in ("Rs", "Re"):  # a reference
            self._flush()
        elif name in ("Os", "Bk", "Ek", "Bf", "Ef", "Ud", "Bt", "Dd") or name in _UNSAID:
            return
        elif not name.islower():
            text = self._mdoc.said([name, *self._marked]) if name[:1] == "%" or not name.isupper() else " ".join(words)
            if text.strip():
                self._text(text)

    def _await(self, kind: str) -> None:
        self._awaits = kind

    def _name(self, words: Sequence[str]) -> None:
        """The page's name and its section, as other pages refer to it."""
        if words and not self.title:
            name = words[0].lower() if words[0].isupper() else words[0]
            self.title = f"{name}({words[1]})" if len(words) > 1 and words[1] else name

    def _end_block(self, name: str) -> None:
        self._flush()
        self._in_list = False
        if name in ("Ed", "RE"):
            self._verbatim = self._verbatim and name == "RE"
        self._separator = PARAGRAPH
        self._awaits = ""

    def _item(self, mark: str) -> None:
        """A paragraph with a bullet, a number or a tag in front; without one, it goes on with the item."""
        bullet = mark.strip() in _BULLETS and bool(mark.strip())
        if bullet or _NUMBER.match(mark.strip()):
            self._flush(LINE if self._in_list else PARAGRAPH)
            self._prefix, self._in_list = f"{'-' if bullet else mark.strip()} ", True
        elif mark.strip():
            self._tag(mark)
        elif self._paragraph:
            self._flush()

    def _list(self, name: str, words: Sequence[str]) -> None:
        if name == "Bl":
            self._flush()
            self._lists.append(next((word for word in words if word.startswith("-")), "-item"))
        elif name == "El":
            self._flush()
            self._separator = PARAGRAPH
            del self._lists[-1:]
        elif (kind := self._lists[-1] if self._lists else "-item") == "-column":
            self._flush(LINE)
            row = self._mdoc.said(self._marked).split("\t")
            self.builder.row(self._place, row, self._below)
            self._separator = LINE
        elif kind in ("-bullet", "-dash", "-hyphen", "-enum", "-item"):
            self._flush(LINE)
            self._prefix = f"{'  ' * (min(len(self._lists), 8) - 1)}- "
        else:
            self._tag(self._mdoc.said(self._marked))

    def _definition(self, end: str) -> list[str]:
        """The lines up to the end of a macro's definition, as a call reads them."""
        closing, begin = f".{end or '.'}", self._at
        while self._at < len(self._lines):
            self._at += 1
            if self._lines[self._at - 1].rstrip() == closing:
                break
        return [line.replace("\\\\", "\\") for line in self._lines[begin : self._at - 1]]

    def _call(self, body: list[str], given: Sequence[str]) -> None:
        """Read the lines of a macro that the page defines, with what the call gives it."""
        self._expanded += len(body)
        if self._calls == _DEEPEST or self._expanded > _MOST:
            return

        def argument(found: re.Match[str]) -> str:
            number = int(found[1] or 0)
            return " ".join(given) if not number else given[number - 1] if number <= len(given) else ""

        outside, self._called = (self._lines, self._at, self._called), self._place
        self._lines, self._at = [_ARGUMENT.sub(argument, line) for line in body], 0
        self._calls += 1
        self._read_lines()
        self._calls -= 1
        self._lines, self._at, self._called = outside

    def _condition(self, name: str, rest: str) -> None:
        """Read what is for the screen, not what is for paper; of other conditions, the branch without them."""
        holds = self._skipped_else if name == "el" else _TRUE.match(rest.strip()) is not None and name != "while"
        if name == "ie":
            self._skipped_else = not holds
        body = rest if name == "el" else re.sub(r"^\s*!?(?:\\n\([^\s]{2}|\\n\[[^\]]*\]|\S)\S*", "", rest, count=1)
        depth = rest.count("\\{") - rest.count("\\}")
        if holds:
            inside = body.strip().removeprefix("\\{").removesuffix("\\").strip()
            if inside:
                self._take(inside)
            return
        while depth > 0 and self._at < len(self._lines):
            depth += self._lines[self._at].count("\\{") - self._lines[self._at].count("\\}")
            self._at += 1

    def _table(self) -> None:
        """Read a table for tbl: lines of options and formats, then rows."""
        self._flush()
        tab, formats, separator = "\t", True, PARAGRAPH
        while self._at < len(self._lines):
            line = self._lines[self._at]
            self._at += 1
            if line.startswith(".TE"):
                break
            if formats:
                if (option := re.search(r"tab\s*\((.)\)", line)) is not None:
                    tab = option[1]
                formats = not (line.rstrip().endswith(".") and not line.startswith("."))
                continue
            if line.startswith((".", "_", "=")):
                formats = line.startswith(".T&")
                continue
            place = self._place
            while line.endswith("T{") and self._at < len(self._lines):
                line = line[:-2] + self._block()
            cells = [unescaped(cell, self._strings) for cell in line.split(tab)]
            self.builder.row(place, cells, separator)
            separator = LINE
        self._separator = PARAGRAPH

    def _block(self) -> str:
        """The text of a cell that goes over several lines, from T{ to T}, and what follows it in its row."""
        said: list[str] = []
        while self._at < len(self._lines) and not self._lines[self._at].startswith(".TE"):
            line = self._lines[self._at]
            self._at += 1
            if line.startswith("T}"):
                return " ".join(said) + line[2:]
            if (request := _REQUEST.match(line)) is None:
                said.append("" if line.startswith(".") else line.strip())
            elif request[1] in _FONTS | _TURNS:
                said.append(("" if request[1] in _TURNS else " ").join(arguments(request[2] or "")))
        return " ".join(said)
