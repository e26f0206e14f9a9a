"""Unicode for the analyser: normalisation before words are found, folding of diacritics after they are stemmed."""

from __future__ import annotations

import re
import unicodedata

# Latin letters that no decomposition takes apart.
_LETTERS = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i", "ħ": "h", "ŧ": "t"}
)
_DIACRITICS = re.compile("[\u0300-\u036f]")  # Combining Diacritical Marks: Latin, Greek and Cyrillic accents
_INVISIBLE = re.compile("[\u00ad\ufe00-\ufe0f\U000e0100-\U000e01ef]")  # soft hyphen, variation selectors


def normalise(text: str) -> str:
    """NFKC and case folding; soft hyphens and variation selectors vanish, and so does the dot of a Turkish İ."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).casefold()
    # Case folding can undo the normal form (Unicode Standard, section 3.13, definition D146).
    return unicodedata.normalize("NFKC", folded).replace("i\u0307", "i")


def fold(word: str) -> str:
    """`word` without accents, its Latin letters in ASCII where they have an equivalent. Never empty for a word."""
    if word.isascii():
        return word
    bare = _DIACRITICS.sub("", unicodedata.normalize("NFD", word.translate(_LETTERS)))
    return unicodedata.normalize("NFC", bare)


def mark_ranges() -> str:
    """The combining marks (categories Mn and Mc) below U+1F000, as the inside of a regex character class.

    They belong to words in Devanagari, Tamil, Arabic and others, yet `\\w` leaves them out.
    """
    ranges: list[list[int]] = []
    for code in range(0x300, 0x1F000):
        if unicodedata.category(chr(code)) not in ("Mn", "Mc"):
            continue
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"{chr(low)}-{chr(high)}" for low, high in ranges)
