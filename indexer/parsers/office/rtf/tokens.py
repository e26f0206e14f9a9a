"""RTF cut into its words, and bytes of many code pages put together to text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

_TOKEN = re.compile(
    rb"\\([A-Za-z]{1,32})(-?\d{1,10})? ?|\\'([0-9A-Fa-f]{2})|\\([^A-Za-z])|([{}])|[\r\n]+|([^\\{}\r\n]+)|(\\)",
    re.DOTALL,
)

# Character sets of fonts: [MS-OE376], 2.4.110, and the RTF specification 1.9.1, "Font Table".
CHARSETS = {
    0: "cp1252",
    77: "mac_roman",
    78: "cp932",
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "gb18030",
    136: "cp950",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
    254: "cp437",
    255: "cp850",
}
SYMBOLS = 2  # a character set of pictures
_CODE_PAGES = {936: "gb18030", 10000: "mac_roman", 65001: "utf-8", 1361: "johab", 708: "iso8859_6"}
WIDE = ("cp932", "cp949", "gb18030", "cp950", "johab")  # two bytes a character


class Token(NamedTuple):
    """One word of RTF: `value` is a control word's name, a symbol or text; `number` a word's argument."""

    kind: Literal["word", "symbol", "hex", "text", "open", "close"]
    value: bytes
    number: int | None = None


def tokens(data: bytes) -> Iterator[Token]:
    """The words of an RTF file; binary data is passed over."""
    position = 0
    while (found := _TOKEN.match(data, position)) is not None:
        position = found.end()
        word, number, code, symbol, brace, text, _ = found.groups()
        if word == b"bin":
            position += max(0, int(number or 0))
        elif word:
            yield Token("word", word, None if number is None else int(number))
        elif code:
            yield Token("hex", bytes.fromhex(code.decode()))
        elif symbol:
            yield Token("symbol", symbol)
        elif brace:
            yield Token("open" if brace == b"{" else "close", brace)
        elif text:
            yield Token("text", text)


def code_page(number: int | None) -> str:
    """Python's name of a code page; Western where there is none of the number."""
    name = _CODE_PAGES.get(number or 1252, f"cp{number}")
    try:
        "".encode(name)
    except LookupError:
        return "cp1252"
    return name


class Letters:
    """Collects bytes and units of UTF-16, of which several may make one character."""

    def __init__(self) -> None:
        self._done: list[str] = []
        self._bytes = bytearray()
        self._encoding = "cp1252"
        self._units = bytearray()

    def add_bytes(self, data: bytes, encoding: str) -> None:
        if self._units or encoding != self._encoding:
            self._settle()
        self._encoding = encoding
        self._bytes += data

    def add_unit(self, unit: int) -> None:
        if self._bytes:
            self._settle()
        self._units += (unit & 0xFFFF).to_bytes(2, "little")

    def add(self, text: str) -> None:
        self._settle()
        self._done.append(text)

    def take(self) -> str:
        """All that was collected since the last time."""
        self._settle()
        text = "".join(self._done)
        self._done.clear()
        return text

    def _settle(self) -> None:
        if self._bytes:
            self._done.append(self._bytes.decode(self._encoding, "replace"))
            self._bytes.clear()
        if self._units:
            self._done.append(self._units.decode("utf-16-le", "replace"))
            self._units.clear()
