"""Words of a text in any script: the part of the analyser that does not depend on the document's language.

Queries count on that: a token of the query is one token under every language of the collection.

- A word is a run of letters, digits and combining marks; underscores, hyphens and all other signs separate words.
- One letter before `++` or `#` keeps it: c++, c#, f#, also before a digit: c#7, c++17.
- An apostrophe separates (l'eau -> l, eau), but n't joins (don't -> dont) and a possessive 's is dropped.
- Scripts written without spaces (Han, Kana, Thai, Lao, Khmer, Burmese) and Hangul become overlapping bigrams; a
  lone character stays a unigram. Each character is a term of its own beside them (compounds.py).
- Words longer than MAX_LENGTH code points are cut.
"""

from __future__ import annotations

import re
from functools import cache

from engine.lexical.unicode import UNSPACED, mark_ranges

MAX_LENGTH = 64

_ASCII_WORD = re.compile(r"[a-z0-9]+")
_IS_UNSPACED = re.compile(rf"[{UNSPACED}]")
_POSSESSIVE = re.compile(r"(?<=\w)['’]s(?!\w)")
_NEGATION = re.compile(r"(?<=n)['’]t(?!\w)")


def split_words(text: str) -> list[str]:
    """The words of a normalised text (see `unicode.normalise`), in order. None is empty."""
    if "'" in text or "’" in text:
        text = _NEGATION.sub("t", _POSSESSIVE.sub("", text))
    text = text.replace("_", " ")
    if "#" in text or "++" in text:
        words = _word_or_sharp().findall(text)
    elif text.isascii():
        return [word[:MAX_LENGTH] for word in _ASCII_WORD.findall(text)]
    else:
        words = _word().findall(text)
    if _IS_UNSPACED.search(text):
        return [piece[:MAX_LENGTH] for word in words for piece in _pieces(word)]
    return [word[:MAX_LENGTH] for word in words]


def _pieces(word: str) -> list[str]:
    """`word` itself, or its bigrams and spaced parts where it holds an unspaced script."""
    if not _IS_UNSPACED.search(word):
        return [word]
    pieces: list[str] = []
    for run in _piece().findall(word):
        pieces += _bigrams(run) if _IS_UNSPACED.match(run) else [run]
    return pieces


def _bigrams(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)] or [run]


# The table of marks takes longer to compile than an English query takes to be read, which needs none of it.
@cache
def _word() -> re.Pattern[str]:
    return re.compile(rf"\w[\w{mark_ranges()}]*")  # underscores are gone by then


@cache
def _word_or_sharp() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)[a-z](?:\+\+|\#(?![^\W\d]))|\w[\w{mark_ranges()}]*")


@cache
def _piece() -> re.Pattern[str]:
    return re.compile(rf"[{UNSPACED}]+|(?:(?![{UNSPACED}])\w)(?:(?![{UNSPACED}])[\w{mark_ranges()}])*")
