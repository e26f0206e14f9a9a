"""Bytes of mail to text: the encoding that is declared, read as mail programs do, else what the bytes say."""

from __future__ import annotations

from engine.errors import ParseFailed
from indexer.parsers.decoding import clean, decode

# What the names mean in practice: the larger sets that their senders really use.
_MEANT = {
    **dict.fromkeys(("iso-8859-1", "us-ascii", "ascii", "latin1", "latin-1"), "cp1252"),
    **dict.fromkeys(("gb2312", "gbk", "x-gbk"), "gb18030"),
    **dict.fromkeys(("ks_c_5601-1987", "euc-kr", "korean"), "cp949"),
    **dict.fromkeys(("shift_jis", "shift-jis", "x-sjis", "windows-31j"), "cp932"),
    "iso-2022-jp": "iso2022_jp_ext",
    "big5": "big5hkscs",
    "unicode-1-1-utf-7": "utf-7",
}
_SHIFTED = ("utf-7", "hz", "hz-gb-2312", "iso2022_jp_ext", "iso-2022-kr")  # ASCII bytes that stand for other letters


def text_of(data: bytes, declared: str | None) -> str:
    """The text, cleaned.

    Raises:
        ParseFailed: the bytes are no text.
    """
    charset = _MEANT.get((declared or "").lower(), (declared or "").lower())
    if charset in _SHIFTED:
        try:
            return clean(data.decode(charset))
        except UnicodeError:
            pass
    return decode(data, declared=charset or None)


def short_text_of(data: bytes, declared: str | None) -> str:
    """The same of a few words: no guess is made at their encoding, which so few could not bear."""
    charset = _MEANT.get((declared or "").lower(), declared or "utf-8")
    for name in (charset, "utf-8"):
        try:
            return clean(data.decode(name))
        except (UnicodeError, LookupError, ValueError):
            continue
    try:
        return decode(data, declared=None)
    except ParseFailed:
        return clean(data.decode("cp1252", errors="replace"))
