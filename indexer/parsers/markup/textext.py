"""Tokens of LaTeX to text: what becomes of commands, groups and environments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import groupby
from operator import itemgetter

from indexer.parsers.builder import LINE, PARAGRAPH
from indexer.parsers.lined import Line, LinedBuilder
from indexer.parsers.markup import texnames as names
from indexer.parsers.markup.definitions import Definitions
from indexer.parsers.markup.texchars import ACCENT, LETTERS, with_accents, with_signs, without_colours

_OPTION = re.compile(r"[ \t]*\[([^\[\]\n]{0,300})\]")
_ARGUMENT = re.compile(r"[ \t]*\{[^{}\n]{0,300}(?:\{[^{}\n]{0,100}\}[^{}\n]{0,300}){0,20}\}")
_ENVIRONMENT_ARGUMENTS = {"tabularx": 2, "tabulary": 2, "wrapfigure": 2, "minipage": 1, "multicols": 1, "list": 2,
                          "thebibliography": 1, "adjustbox": 1, "spacing": 1, "xltabular": 2, "CJK": 2}  # fmt: skip
_ARGUMENTS = 8  # that a command takes, at most
_LABEL = re.compile(r"\\label[ \t]*\{[^{}\n]{0,200}\}")

_SYMBOLS = {",": " ", ";": " ", ":": " ", "-": "", "/": "", "!": "", "@": ""}


class TexText:
    """Takes tokens; `builder` has the text, `fields` title, author and date. `ended`: the document is over."""

    def __init__(self, levels: Mapping[str, int], macros: Definitions, preamble: bool) -> None:
        self.builder = LinedBuilder()
        self.fields: dict[str, str] = {}
        self.ended = False
        self._levels = levels
        self._macros = macros
        self._preamble = preamble  # nothing is text yet
        self._pieces: list[Line] = []
        self._groups: list[tuple[str, str, list[Line]]] = []  # what becomes of it, its command, what stood before
        self._pending: list[tuple[str, str]] = []  # what becomes of the groups that follow, their command
        self._outside: list[list[tuple[str, str]]] = []  # the same behind each open group
        self._silent = 0  # groups that are dropped, that we are in
        self._lists = 0
        self._prefix = ""
        self._is_item = self._in_list = False
        self._rows: list[list[str]] = []  # the cells so far of each table that we are in
        self._separator = PARAGRAPH

    def take(self, token: re.Match[str], line: int, source: str) -> int:
        """One token; where the next begins, since options are read with their command."""
        kind, end = token.lastgroup, token.end()
        text = token["text"] or token["rest"]
        goes_on = token["sign"] in ("{", "}", "[") or (text or "x").isspace() or token["command"]
        if self._pending and not self._silent and not goes_on:
            self._pending.clear()
        if token["sign"] is not None:
            return self._sign(token["sign"], line, source, end)
        if self._silent or kind == "comment":
            return end
        if token["edge"] is not None:
            return self._edge(token["edge"], token["environment"].strip(), line, source, end)
        if token["command"] is not None:
            return self._command(token["command"], token["space"], line, source, end)
        if token["blank"] is not None:
            self._end_paragraph()
        elif token["label"] is not None:
            self.builder.locate("anchor", " ".join(token["label"].split()) or "label")
        elif token["cited"] is not None:
            self.words(line, f"[{', '.join(token['cited'].replace(',', ' ').split())}]")
        elif token["url"] is not None or token["verbatim"] is not None:
            self.words(line, token["url"] or token["verbatim"] or "")
        elif token["defined"] is not None:
            self._pending = [("drop", "def")]
        elif token["symbol"] is not None:
            return self._symbol(token["symbol"], line, source, end)
        elif text is not None:
            self.words(line, with_signs(text))
        return end

    def words(self, line: int, text: str) -> None:
        """Text that runs on; a break in it is one of the file."""
        if not self._silent and (not self._preamble or self._groups):
            self._pieces += ((line + place, part) for place, part in enumerate(text.split("\n")))

    def block(self, line: int, text: str, kind: str) -> None:
        """Keep what is verbatim: code, a formula that stands alone, or a comment."""
        if self._silent or self._preamble or kind == "comment":
            return
        self.flush()
        text = _LABEL.sub("", text) if kind == "math" else without_colours(text)
        option = _OPTION.match(text) or _ARGUMENT.match(text) if kind == "code" else None
        numbered = [
            (line + place, part) for place, part in enumerate(text[option.end() if option else 0 :].split("\n"))
        ]
        margin = min((len(part) - len(part.lstrip()) for _, part in numbered if part.strip()), default=0)
        self.builder.verbatim([(number, part[margin:]) for number, part in numbered])
        self._in_list = False

    def flush(self) -> None:
        """End the paragraph that is being read; a cell of a table goes on."""
        if self._rows:
            return
        lines = self._taken()
        if self._preamble or not any(text.strip() for _, text in lines):
            return
        prefix, self._prefix = self._prefix, ""
        if self._is_item:
            self.builder.paragraph(lines, LINE if self._in_list else PARAGRAPH, prefix)
            self._in_list = True
        else:
            self.builder.paragraph(lines, PARAGRAPH, prefix)
            self._in_list = False
        self._is_item = False

    def _taken(self) -> list[Line]:
        pieces, self._pieces = self._pieces, []
        return [(line, "".join(text for _, text in same)) for line, same in groupby(pieces, key=itemgetter(0))]

    def _joined(self) -> str:
        return " ".join(" ".join(text for _, text in self._taken()).split())

    def _end_paragraph(self) -> None:
        """A blank line ends a heading whose brace was never closed."""
        while any(kind == "heading" for kind, _, _ in self._groups):
            self._close(0)
        if not self._groups or self._groups[-1][0] == "keep":
            self.flush()
        else:
            self._pieces.append((self._pieces[-1][0] if self._pieces else 0, " "))

    def _sign(self, sign: str, line: int, source: str, end: int) -> int:
        if sign == "{":
            kind, command = self._pending.pop(0) if self._pending else ("keep", "")
            self._open(kind, command, line)
        elif sign == "}":
            self._close(line)
        elif (
            sign == "["
            and self._pending
            and self._pending[0][0] != "spaced"
            and (option := _OPTION.match(source, end - 1))
        ):
            return option.end()
        elif sign == "&" and self._rows and not self._silent:
            self._rows[-1].append(self._joined())
        elif sign == "~":
            self.words(line, " ")
        else:
            self.words(line, sign)
        return end

    def _takes_options(self) -> bool:
        return bool(self._pending) and self._pending[0][0] != "spaced"

    def _open(self, kind: str, command: str, line: int) -> None:
        self._outside.append(self._pending)
        self._pending = []
        in_field = any(outer == "field" for outer, _, _ in self._groups[-3:])
        if kind == "drop" or self._silent or (kind == "note" and in_field):
            self._silent += 1
            self._groups.append(("drop", "", []))
            return
        if kind == "spaced":
            self.words(line, " ")
            kind = "keep"
        if kind == "note":
            self.words(line, " (")
        elif kind in ("heading", "caption"):
            self.flush()
        saved: list[Line] = []
        if kind in ("heading", "caption", "field"):
            saved, self._pieces = self._pieces, []
        self._groups.append((kind, command, saved))

    def _close(self, line: int) -> None:
        if not self._groups:
            return
        kind, command, saved = self._groups.pop()
        self._pending = self._outside.pop()
        if kind == "drop":
            self._silent -= 1
        elif kind == "note":
            self.words(line, ")")
        elif kind in ("heading", "caption", "field"):
            first = next((number for number, text in self._pieces if text.strip()), line)
            text = self._joined()
            self._pieces = saved
            if kind != "field" and self._preamble:
                return
            if kind == "heading" and text:
                self.builder.title(first, self._levels[command], text)
                self._in_list = False
            elif text:
                if kind == "field":
                    text = text.replace(" ,", ",")
                    others = f"{self.fields[command]}, " if command == "author" and command in self.fields else ""
                    self.fields[command] = others + text
                self.builder.paragraph([(first, text)])

    def _edge(self, edge: str, name: str, line: int, source: str, end: int) -> int:
        bare = name.rstrip("*")
        if bare == "document":
            self._preamble, self.ended = False, edge == "end"
            self._pieces.clear() if edge == "begin" else None
            return end
        if edge == "end":
            self._leave(bare, line)
            return end
        self.flush()
        title = _OPTION.match(source, end)
        end = title.end() if title else end
        if bare in names.TABLES:
            self._rows.append([])
            self._separator = PARAGRAPH
        for _ in range(_ENVIRONMENT_ARGUMENTS.get(bare, 1 if bare in names.TABLES else 0)):
            argument = _ARGUMENT.match(source, end)
            end = argument.end() if argument else end
        if bare in names.LISTS:
            self._lists += 1
        elif bare == "abstract" and not self._preamble:
            self.builder.title(line, 1, "Abstract")
        elif bare in names.STATEMENTS:
            said = f" ({with_accents(title[1])})" if title else ""
            self._prefix = f"{bare.capitalize()}{said}: "
        return end

    def _leave(self, name: str, line: int) -> None:
        if name in names.TABLES and self._rows:
            self._end_row(line)
            self._rows.pop()
        else:
            self.flush()
        if name in names.LISTS:
            self._lists = max(0, self._lists - 1)
        self._prefix = ""

    def _end_row(self, line: int) -> None:
        first = next((number for number, text in self._pieces if text.strip()), line)
        cells = [*self._rows[-1], self._joined()]
        self._rows[-1] = []
        if len(self._rows) > 1:  # a table in a cell of another
            self._pieces.append((first, " ".join(cells)))
        elif any(cells):
            self.builder.row(first, cells, self._separator)
            self._separator = LINE
            self._in_list = False

    def _symbol(self, symbol: str, line: int, source: str, end: int) -> int:
        accent = ACCENT.match(source, end - 2)
        if accent:
            self.words(line, with_accents(accent[0]))
            return accent.end()
        if symbol == "\\":
            option = _OPTION.match(source, end)
            if self._rows:
                self._end_row(line)
            else:
                self.words(line, " ")
            return option.end() if option else end
        self.words(line, _SYMBOLS.get(symbol, symbol))
        return end

    def _command(self, name: str, space: str, line: int, source: str, end: int) -> int:
        if self._pending and self._pending[0][0] == "drop":  # \newcommand\name{...}
            self._pending.pop(0)
            return end
        self._pending.clear()
        if accent := ACCENT.match(source, end - len(space) - len(name) - 1):
            self.words(line, with_accents(accent[0]))
            return accent.end()
        option = _OPTION.match(source, end)
        end = option.end() if option else end
        if name == "item" or name == "bibitem":
            self._item(name, option, line)
        elif name == "and":  # between authors
            self.words(line, ", ")
        elif name in names.SPACES:
            self._end_paragraph() if name == "par" else self.words(line, " ")
        elif name in LETTERS or name in self._macros:
            said = self._macros.get(name, LETTERS.get(name, ""))
            # TeX takes the space away; after a word it is meant all the same.
            self.words(line, said + (space if len(said) > 1 and source[end : end + 1] != "{" else ""))
        elif name not in names.ARGUMENTS and not name.islower() and source[end : end + 1] != "{" and option is None:
            self.words(line, name + space)
        unsaid = ("drop",) if name.startswith("index") or name.endswith("index") else ()
        self._pending = [(kind, name) for kind in names.ARGUMENTS.get(name, unsaid or self._unknown(name, source, end))]
        return end

    def _unknown(self, name: str, source: str, end: int) -> tuple[str, ...]:
        """Arguments of a command that is not known are words side by side."""
        known = name in names.SPACES or name in LETTERS or name in self._macros
        return () if known or source[end : end + 1] != "{" else ("keep", *["spaced"] * _ARGUMENTS)

    def _item(self, name: str, option: re.Match[str] | None, line: int) -> None:
        self.flush()
        self._is_item = True
        label = f"{with_accents(option[1])}: " if option and name == "item" else ""
        self._prefix = f"{'  ' * (min(max(self._lists, 1), 8) - 1)}- {label}"
