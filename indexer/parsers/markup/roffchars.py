"""Escapes of roff as characters, and the arguments of its requests."""

from __future__ import annotations

import re

from indexer.parsers.markup.definitions import Definitions

_ESCAPE = re.compile(
    r"""\\(?:
        (?P<comment>["\#].*)
      | f(?:\[[^\]]*\]|\([^\s]{2}|.) | [sk](?:[+-]?\d{1,2}|\[[^\]]*\]|\([^\s]{2}|'[^']*'|.)?
      | \*(?:\[(?P<string>[^\]]*)\]|\((?P<pair>.{2})|(?P<single>.))
      | \[(?P<named>[^\]]*)\] | \((?P<special>.{2}) | C'(?P<quoted>[^']*)'
      | [nFgmMOVYz](?:\[[^\]]*\]|\(.{2}|.) | [bDhHlLNoRSvwxX]'[^']*'
      | (?P<other>.) | $)""",
    re.VERBOSE,
)
_SPECIAL = {
    "aq": "'", "dq": '"', "lq": "“", "rq": "”", "oq": "‘", "cq": "’", "bu": "•", "em": "—", "en": "–", "hy": "-",
    "mi": "-", "ha": "^", "ti": "~", "rs": "\\", "co": "©", "rg": "®", "tm": "™", "de": "°", "->": "→", "<-": "←",
    "ga": "`", "aa": "'", "lt": "<", "gt": ">", "la": "<", "ra": ">", "lB": "[", "rB": "]", "lC": "{", "rC": "}",
    "ba": "|", "br": "|", "or": "|", "sc": "§", "dg": "†", "mu": "×", "di": "÷", "+-": "±", "<=": "≤", ">=": "≥",
    "!=": "≠", "fm": "'", "sl": "/", "at": "@", "sh": "#", "Do": "$", "Eu": "€", "ss": "ß", "ae": "æ", "AE": "Æ",
    "Po": "£", "ct": "¢", "Fo": "«", "Fc": "»", "12": "½", "14": "¼", "34": "¾", "sq": "□", "rh": "→", "ul": "_",
    ":a": "ä", ":o": "ö", ":u": "ü", ":A": "Ä", ":O": "Ö", ":U": "Ü", "'e": "é", "'a": "á", "'o": "ó", "'i": "í",
    "'u": "ú", "`e": "è", "`a": "à", "^e": "ê", "^a": "â", "^o": "ô", ",c": "ç", "~n": "ñ", "oa": "å", "/o": "ø",
    "/O": "Ø", "oA": "Å", "if": "∞", "aqt": "'",
}  # fmt: skip
_STRINGS = {"lq": "“", "rq": "”", "Aq": "'", "R": "®", "Tm": "™", "L\"": "“", "R\"": "”", "C`": '"', "C'": '"',
            "--": "–", "PI": "π", "Px": "POSIX", "Am": "&", "Lt": "<", "Gt": ">", "Ba": "|", "q": '"'}  # fmt: skip
_OTHER = {"-": "-", "e": "\\", " ": " ", "~": " ", "0": " ", "t": "\t", "'": "'", "`": "`", "\\": "\\", ".": "."}
_POINT = re.compile(r"u([0-9A-F]{4,6})(?:_[0-9A-F_]+)?$")
_ARGUMENT = re.compile(r'"((?:[^"]|"")*+)"?|((?:\\ |\\.|[^ \t\\]|\\$)++)')


def unescaped(text: str, strings: Definitions) -> str:
    """The text without changes of font and size; `strings` are those that the page defines."""

    def said(found: re.Match[str]) -> str:
        string = found["string"] or found["pair"] or found["single"]
        if string is not None:
            return strings.get(string, _STRINGS.get(string, ""))
        name = found["named"] or found["special"] or found["quoted"]
        if name is not None:
            point = _POINT.match(name)
            if point is not None and int(point[1], 16) < 0x110000:
                return chr(int(point[1], 16))
            return _SPECIAL.get(name, "")
        return _OTHER.get(found["other"] or "", "")

    return _ESCAPE.sub(said, text) if "\\" in text else text


def arguments(text: str) -> list[str]:
    """The arguments of a request: words, or texts between quotation marks."""
    comment = re.search(r'(?<!\\)\\"', text)
    found = _ARGUMENT.finditer(text[: comment.start()] if comment else text)
    return [part[1].replace('""', '"') if part[1] is not None else part[2] for part in found]
