"""The groups of an RTF file followed from the first brace to the last: what is text, and where it belongs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from engine.types import MetadataValue
from indexer.parsers.builder import LINE, PARAGRAPH, TextBuilder
from indexer.parsers.decoding import clean
from indexer.parsers.metadata import typed
from indexer.parsers.office.properties import is_title
from indexer.parsers.office.rtf.tokens import CHARSETS, SYMBOLS, WIDE, Letters, Token, code_page, tokens
from indexer.parsers.office.tables import add_table

_UNREAD = frozenset(
    """colortbl pict fldinst objdata nonshppict shprslt sp nonesttables xe tc tcn rxe bkmkstart bkmkend themedata
    listtable listoverridetable revtbl rsidtbl generator filetbl template private datafield shppict ftnsep ftnsepc
    aftnsep aftnsepc ftncn aftncn atnid atndate atntime atnref atnparent pnseclvl objclass objname falt panose
    nesttableprops bliptag blipuid background wgrffmtfilter operator""".split()  # noqa: SIM905
)
_STARRED = frozenset(  # destinations that old readers pass over, and this one reads
    "annotation atnauthor footnote shpinst dptxbxtext do ud pntext listtext shptxt".split()  # noqa: SIM905
)
_OWN = ("fonttbl", "stylesheet", "info", "atnauthor", "upr")
_MARGINS = frozenset("header headerl headerr headerf footer footerl footerr footerf".split())  # noqa: SIM905
_INFO = {"title": "title", "author": "author", "subject": "subject", "keywords": "keywords", "doccomm": "description"}
_MOMENTS = {"creatim": "created", "revtim": "date"}
_PARTS_OF_TIME = ("yr", "mo", "dy", "hr", "min")
_CHARACTERS = {
    "tab": " ",
    "line": "\n",
    "emdash": "—",
    "endash": "–",
    "emspace": " ",
    "enspace": " ",
    "qmspace": " ",
    "bullet": "•",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
}
_SYMBOLS = {b"~": "\u00a0", b"_": "-", b"\n": "\n", b"\r": "\n"}
_ENCODINGS = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}
_BOOLS = {"v": "hidden", "deleted": "hidden"}
_HEADING = re.compile(r"(?:heading|überschrift|titre|título|titolo|kop) ?([1-9])", re.IGNORECASE)
_PICTURES = re.compile("[\uf000-\uf0ff]")  # characters of fonts such as Wingdings
_MAX_HEADING = 250
_LEVELS = 6


@dataclass(slots=True)
class _Sink:
    """Where text goes: the body, a note, a table of fonts. `lines` are its finished paragraphs; `label` stands before
    them.
    """

    kind: str
    label: str = ""
    letters: Letters = field(default_factory=Letters)
    lines: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _State:
    """The state that a group inherits, and gives up at its end. `sink` is None where nothing is read."""

    sink: _Sink | None
    owns: bool = False  # the sink was made by this very group
    font: int = 0
    skip: int = 1  # bytes that stand for a Unicode character in old readers
    hidden: bool = False
    wide: bool = False
    in_table: bool = False
    style: int = 0
    outline: int | None = None

    def inherited(self) -> _State:
        """The same, for a group inside."""
        return _State(
            self.sink, False, self.font, self.skip, self.hidden, self.wide, self.in_table, self.style, self.outline
        )


class RtfReader:
    """Reads one file into `builder`."""

    def __init__(self) -> None:
        self.builder = TextBuilder()
        self._body = _Sink("body")
        self._state = _State(self._body)
        self._stack: list[_State] = []
        self._starred = False
        self._begun = False  # the group has begun, and nothing was in it yet
        self._skipped = 0  # bytes that are still to be passed over
        self._code_page = "cp1252"
        self._default_font = 0
        self._fonts: dict[int, str] = {}
        self._symbols: set[int] = set()
        self._font = 0  # in the table of fonts
        self._levels: dict[int, int] = {}  # headings by style
        self._item = self._listed = False  # this paragraph is an item of a list; so was the last one
        self._cells: list[str] = []
        self._rows: list[list[str]] = []
        self._aside: list[_Sink] = []
        self._margins: dict[str, None] = {}
        self._author = ""
        self._info: dict[str, str] = {}
        self._time: dict[str, int] = {}

    def read(self, data: bytes) -> None:
        """Read the whole file."""
        for token in tokens(data):
            star = token.value == b"*" and token.kind == "symbol"
            self._begun = token.kind == "open" or (self._begun and star)
            match token.kind:
                case "open":
                    self._stack.append(self._state)
                    self._state = self._state.inherited()
                    self._starred, self._skipped = False, 0
                case "close":
                    self._close()
                case "word":
                    self._word(token.value.decode().lower(), token.number)
                case "hex":
                    self._bytes(token.value)
                case "text":
                    self._bytes(token.value)
                case "symbol":
                    self._symbol(token)
        self._paragraph()
        self._flush_table()
        for margin in self._margins:
            self.builder.add(margin)

    def properties(self) -> tuple[str, dict[str, MetadataValue]]:
        """Title ("" without one) and metadata."""
        title = " ".join(self._info.pop("title", "").split())
        words = [word.strip() for word in re.split("[,;]", self._info.pop("keywords", ""))]
        found = {name: typed(value) for name, value in self._info.items()} | {"keywords": typed([*filter(None, words)])}
        if "created" in found:
            found.setdefault("date", found["created"])
        return title if is_title(title) else "", {name: value for name, value in found.items() if value is not None}

    def _close(self) -> None:
        ended = self._state
        if not self._stack:
            return
        self._state = self._stack.pop()
        self._starred, self._skipped = False, 0
        if ended.owns and ended.sink is not None:
            self._finish(ended, ended.sink)

    def _finish(self, ended: _State, sink: _Sink) -> None:
        """A destination has come to its end."""
        if rest := _tidy(sink.letters.take()):
            sink.lines.append(rest)
        text = "\n".join(sink.lines)
        if sink.kind == "aside":
            self._aside.append(sink)
        elif sink.kind == "margin" and text:
            self._margins.setdefault(text)
        elif sink.kind == "atnauthor":
            self._author = text
        elif sink.kind == "style":
            heading = _HEADING.fullmatch(text.rstrip(";").strip())
            level = int(heading[1]) if heading else None if ended.outline is None else ended.outline + 1
            if level is not None and level <= 9:
                self._levels[ended.style] = level
        elif sink.kind in _INFO and text:
            self._info[_INFO[sink.kind]] = text
        elif sink.kind in _MOMENTS and self._time.get("yr"):
            year, month, day = (self._time.get(part) or 1 for part in _PARTS_OF_TIME[:3])
            hour, minute = (self._time.get(part, 0) for part in _PARTS_OF_TIME[3:])
            self._info[_MOMENTS[sink.kind]] = f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:00"

    def _word(self, word: str, number: int | None) -> None:
        starred, self._starred = self._starred, False
        if self._skipped and word not in ("u", "uc"):
            self._skipped = 0
        state = self._state
        if self._destination(word, starred) or state.sink is None:
            return
        if word in _CHARACTERS:
            self._text(_CHARACTERS[word])
        elif word in ("par", "sect", "page"):
            self._paragraph()
        elif word in ("cell", "nestcell"):
            self._cell()
        elif word in ("row", "nestrow"):
            self._row()
        elif word == "u":
            if not state.hidden:
                state.sink.letters.add_unit(number or 0)
            self._skipped = state.skip
        elif word in _PARTS_OF_TIME:
            self._time[word] = number or 0
        else:
            self._property(word, number)

    def _property(self, word: str, number: int | None) -> None:
        """Obey a word that changes how the text that follows is read."""
        state = self._state
        if state.sink is not None and state.sink.kind == "fonttbl":
            self._font_property(word, number)
        elif word == "f":
            state.font = number or 0
        elif word == "plain":
            state.font, state.hidden, state.wide = self._default_font, False, False
        elif word == "pard":
            state.in_table, state.style, state.outline = False, 0, None
        elif word == "intbl":
            state.in_table = True
        elif word in _BOOLS:
            state.hidden = number != 0
        elif word in ("dbch", "loch", "hich"):
            state.wide = word == "dbch"
        elif word == "s":
            state.style = number or 0
        elif word == "outlinelevel":
            state.outline = number
        elif word == "uc":
            state.skip = min(max(number or 0, 0), 16)
        elif word == "ansicpg":
            self._code_page = code_page(number)
        elif word in _ENCODINGS:
            self._code_page = _ENCODINGS[word]
        elif word == "deff":
            self._default_font = state.font = number or 0
        elif word == "ftnalt" and state.sink is not None and state.owns:
            state.sink.label = "Endnote: "

    def _font_property(self, word: str, number: int | None) -> None:
        if word == "f":
            self._font = number or 0
        elif word == "fcharset" and number == SYMBOLS:
            self._symbols.add(self._font)
        elif word == "fcharset" and number in CHARSETS:
            self._fonts[self._font] = CHARSETS[number]
        elif word == "cpg":
            self._fonts[self._font] = code_page(number)

    def _destination(self, word: str, starred: bool) -> bool:
        """Whether the word says where the group's text goes, which is done then."""
        state = self._state
        if state.sink is None:
            return False
        if word in ("listtext", "pntext"):
            self._item = True
        elif word in _UNREAD or (starred and word not in _STARRED):
            state.sink = None
        elif word == "ud" and len(self._stack) > 1:  # it says in Unicode what `upr` around it says without
            state.sink = self._stack[-2].sink
        elif (sink := self._made(word, state.sink.kind)) is not None:
            state.sink, state.owns, state.in_table = sink, True, False
            return word != "s"  # whose number counts
        else:
            return False
        return True

    def _made(self, word: str, around: str) -> _Sink | None:
        """A new place for the text of a destination that is read."""
        if word == "footnote":
            return _Sink("aside", "Footnote: ")
        if word == "annotation":
            return _Sink("aside", f"Comment ({self._author}): " if self._author else "Comment: ")
        if word in ("shptxt", "dptxbxtext"):
            return _Sink("aside")
        if word in _MARGINS:
            return _Sink("margin")
        if word == "s" and around == "stylesheet":
            return _Sink("style")
        if word in _OWN or (around == "info" and word in (*_INFO, *_MOMENTS)):
            return _Sink(word)
        return None

    def _symbol(self, token: Token) -> None:
        symbol = token.value
        if symbol == b"*":
            self._starred = self._begun
        elif self._skipped:
            self._skipped -= 1
        elif symbol in (b"\\", b"{", b"}"):
            self._bytes(symbol)
        elif symbol in (b"\n", b"\r"):
            self._paragraph()
        elif symbol in _SYMBOLS:
            self._text(_SYMBOLS[symbol])

    def _bytes(self, data: bytes) -> None:
        if self._skipped:
            skipped = min(self._skipped, len(data))
            self._skipped -= skipped
            data = data[skipped:]
        state = self._state
        if not data or state.sink is None or state.hidden:
            return
        if state.font in self._symbols and not data.isascii():
            state.sink.letters.add("•")
            return
        named = state.sink is self._body or state.sink.kind in ("aside", "margin")  # elsewhere no font counts
        encoding = self._fonts.get(state.font, self._code_page) if named else self._code_page
        if state.wide and encoding not in WIDE and self._code_page in WIDE:
            encoding = self._code_page
        state.sink.letters.add_bytes(data, encoding)

    def _text(self, text: str) -> None:
        if self._state.sink is not None and not self._state.hidden:
            self._state.sink.letters.add(text)

    def _paragraph(self) -> None:
        state = self._state
        if state.sink is None:
            return
        if state.in_table and state.sink is self._body:
            self._text(" ")
            return
        text = _tidy(state.sink.letters.take())
        if state.sink is not self._body:
            state.sink.lines += [text] if text else []
            return
        self._flush_table()
        level = self._levels.get(state.style) if state.outline is None else state.outline + 1
        if text and level is not None and level <= 9 and len(text) <= _MAX_HEADING:
            self.builder.landmark(min(level, _LEVELS), text)
        else:
            self.builder.add(text, LINE if self._item and self._listed else PARAGRAPH)
        self._item, self._listed = False, self._item
        self._flush_aside()

    def _cell(self) -> None:
        if self._state.sink is self._body:
            self._cells.append(_tidy(self._body.letters.take()))
        else:
            self._text(" | ")

    def _row(self) -> None:
        if self._state.sink is self._body and self._cells:
            self._rows.append(self._cells)
            self._cells = []

    def _flush_table(self) -> None:
        self._row()
        if self._rows:
            add_table(self.builder, self._rows)
            self._rows = []
            self._flush_aside()

    def _flush_aside(self) -> None:
        """Append what hangs on the paragraph or the table before."""
        aside, self._aside = self._aside, []
        for sink in aside:
            if sink.lines:
                self.builder.add(sink.label + "\n".join(sink.lines))


def _tidy(text: str) -> str:
    lines = (" ".join(line.split()) for line in _PICTURES.sub("", clean(text)).split("\n"))
    return "\n".join(line for line in lines if line)
