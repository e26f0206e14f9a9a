"""TeX's notations of characters: accents, ligatures, letters of their own, quotation marks and dashes."""

from __future__ import annotations

import re
import unicodedata

_MARKS = {  # the combining character of each accent
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", "=": "\u0304", "u": "\u0306", ".": "\u0307",
    '"': "\u0308", "r": "\u030a", "H": "\u030b", "v": "\u030c", "d": "\u0323", "c": "\u0327", "k": "\u0328",
    "b": "\u0331", "t": "\u0361",
}  # fmt: skip
LETTERS = {
    "aa": "å", "AA": "Å", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł",
    "ss": "ß", "i": "ı", "j": "ȷ", "dh": "ð", "DH": "Ð", "dj": "đ", "DJ": "Đ", "th": "þ", "TH": "Þ", "ng": "ŋ",
    "S": "§", "P": "¶", "copyright": "©", "pounds": "£", "euro": "€", "dag": "†", "ddag": "‡", "dots": "…",
    "ldots": "…", "textellipsis": "…", "textendash": "–", "textemdash": "—", "textquoteleft": "‘",
    "textquoteright": "’", "textquotedblleft": "“", "textquotedblright": "”", "textquotesingle": "'",
    "textbackslash": "\\", "textasciitilde": "~", "textasciicircum": "^", "textunderscore": "_", "textbar": "|",
    "textless": "<", "textgreater": ">", "textbullet": "•", "textdegree": "°", "texttrademark": "™",
    "textregistered": "®", "guillemotleft": "«", "guillemotright": "»", "og": "«", "fg": "»", "glqq": "„",
    "grqq": "“", "TeX": "TeX", "LaTeX": "LaTeX", "LaTeXe": "LaTeX2e", "XeLaTeX": "XeLaTeX", "BibTeX": "BibTeX",
}  # fmt: skip
_DOTLESS = r"[ij])(?![A-Za-z])[ \t]*"  # \i and \j, which take the space behind them as every word of TeX does
ACCENT = re.compile(
    r"\\(?P<sign>[`'^\"~=.])[ \t]*"
    rf"(?:\{{\\?(?P<braced>[^\W\d_]?)\}}|\\(?P<dotless>{_DOTLESS}|(?P<bare>[^\W\d_]))"
    r"|\\(?P<letter>[uvHcdbkrt])"
    rf"(?:[ \t]*\{{\\?(?P<braced2>[^\W\d_]?)\}}|[ \t]*\\(?P<dotless2>{_DOTLESS}|[ \t]+(?P<bare2>[^\W\d_]))"
)
_LETTER = re.compile(rf"\\({'|'.join(sorted(LETTERS, key=len, reverse=True))})(?![A-Za-z])(?:\{{\}}|[ \t]+(?=\S))?")
_ESCAPED = re.compile(r"\\([&%$#_{}])")
_SIGNS = (("---", "—"), ("--", "–"), ("``", "“"), ("''", "”"))
_COLOURED = re.compile(r"\\[A-Z][A-Za-z]{1,30}Tok\{((?:[^{}]|\\[{}]|\{[^{}]{0,20}\}){0,2000})\}")
_CODE_ESCAPED = re.compile(r"\\text([a-z]{3,20})\{\}|\\([{}_$%&#])|\{([^\w\s{}])\}")
_NAMED = {"backslash": "\\", "less": "<", "greater": ">", "asciitilde": "~", "asciicircum": "^", "quotesingle": "'"}


def with_accents(text: str) -> str:
    r"""Accents (`\'e`, `\c{c}`) and letters (`\ss`) as the characters that they stand for."""
    return _LETTER.sub(lambda found: LETTERS[found[1]], ACCENT.sub(_accented, text))


def with_signs(text: str) -> str:
    """Dashes and quotation marks, of text that is neither mathematics nor verbatim."""
    for written, sign in _SIGNS:
        text = text.replace(written, sign)
    return text


def plain(text: str) -> str:
    """A short text, such as a title of BibTeX, without braces and with its characters."""
    text = with_signs(with_accents(text).replace("~", " "))
    text = _ESCAPED.sub(lambda found: {"{": "\x00", "}": "\x01"}.get(found[1], found[1]), text)
    text = re.sub(r"\\[A-Za-z]+\*?[ \t]*", "", text).replace("{", "").replace("}", "")
    return " ".join(text.replace("\x00", "{").replace("\x01", "}").replace("\\", "").split())


def _accented(found: re.Match[str]) -> str:
    names = ("braced", "dotless", "bare", "braced2", "dotless2", "bare2")
    letter = next((found[name] for name in names if found[name]), "")
    mark = _MARKS[found["sign"] or found["letter"]]
    return unicodedata.normalize("NFC", letter + mark) if letter else ""


def without_colours(code: str) -> str:
    r"""A program without the marks that pandoc gives its words, such as `\KeywordTok{if}`."""
    if "Tok{" not in code:
        return code
    code = _COLOURED.sub(r"\1", code)
    return _CODE_ESCAPED.sub(lambda found: _NAMED.get(found[1] or "", found[2] or found[3] or ""), code)
