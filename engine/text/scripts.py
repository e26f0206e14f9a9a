"""The script of a text, which tells languages apart where its words are too few to do so."""

from __future__ import annotations

import unicodedata
from collections import Counter

LATIN = "LATIN"

# The first word of a letter's Unicode name -> the languages that are written with it; all others are written in Latin.
_WRITTEN_WITH = {
    "ARABIC": {"ar", "fa", "ps", "sd", "ug", "ur"},
    "ARMENIAN": {"hy"},
    "BENGALI": {"as", "bn"},
    "CJK": {"ja", "zh"},
    "CYRILLIC": {"be", "bg", "kk", "ky", "mk", "mn", "ru", "sr", "tg", "uk"},
    "DEVANAGARI": {"hi", "mr", "ne", "sa"},
    "ETHIOPIC": {"am", "ti"},
    "GEORGIAN": {"ka"},
    "GREEK": {"el"},
    "GUJARATI": {"gu"},
    "GURMUKHI": {"pa"},
    "HANGUL": {"ko"},
    "HEBREW": {"he", "yi"},
    "HIRAGANA": {"ja"},
    "KANNADA": {"kn"},
    "KATAKANA": {"ja"},
    "KHMER": {"km"},
    "LAO": {"lo"},
    "MALAYALAM": {"ml"},
    "MYANMAR": {"my"},
    "ORIYA": {"or"},
    "SINHALA": {"si"},
    "TAMIL": {"ta"},
    "TELUGU": {"te"},
    "THAI": {"th"},
    "TIBETAN": {"bo", "dz"},
}
_ALSO_IN_LATIN = {"sr"}
_NOT_IN_LATIN = frozenset[str]().union(*_WRITTEN_WITH.values()) - _ALSO_IN_LATIN
_SAMPLE = 200  # letters looked at


def script_of(text: str) -> str | None:
    """The script of most letters, as the first word of their Unicode names; None where there is no letter.

    Examples:
        >>> script_of("Привет, world"), script_of("12.5 %")
        ('CYRILLIC', None)
    """
    if text.isascii():
        return LATIN if any(map(str.isalpha, text)) else None
    letters = [letter for letter in text[: 20 * _SAMPLE] if letter.isalpha()][:_SAMPLE]
    names = Counter(unicodedata.name(letter, LATIN).split(" ", 1)[0] for letter in letters)
    return names.most_common(1)[0][0] if names else None


def can_write(language: str, script: str) -> bool:
    """Whether a language (ISO 639-1) is written in a script."""
    if script == LATIN:
        return language not in _NOT_IN_LATIN
    return language in _WRITTEN_WITH.get(script, ())


def is_told_apart(script: str) -> bool:
    """Whether a script is one that most languages are not written in, and whose languages are known here."""
    return script in _WRITTEN_WITH
