"""Unicode for the analyser: normalisation before words are found, folding of diacritics after they are stemmed."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import pairwise

# Scripts written without spaces, and Hangul: their words become bigrams (words.py).
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai and Lao, Burmese, Khmer
    "\u1100-\u11ff\u3005-\u3007\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff"  # Jamo, iteration marks, Kana
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff"  # Han and Hangul
    "\U00020000-\U0003ffff"  # Han beyond the basic plane
)

# Latin letters that no decomposition takes apart, and Arabic ones that are written in several ways (after stemming,
# since the Arabic stemmer tells them apart).
_LETTERS = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i", "ħ": "h", "ŧ": "t"}
    | dict.fromkeys("\u0622\u0623\u0625\u0671", "\u0627")  # alef with madda, hamza or wasla
    | {"\u0624": "\u0648", "\u0626": "\u064a", "\u0629": "\u0647"}  # waw and yeh with hamza, teh marbuta
)
_DIACRITICS = re.compile("[\u0300-\u036f]")  # Combining Diacritical Marks: Latin, Greek and Cyrillic accents
_POINTS = (
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"  # Hebrew points and accents
    "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"  # Arabic vowels and marks
    "\u0640"  # tatweel, which only stretches a word
)
# Soft hyphen, joiners, direction marks, variation selectors, byte order mark: what nobody sees.
INVISIBLE = (
    "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufe00-\ufe0f"
    "\U000e0100-\U000e01ef"
)
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_BREAK = re.compile(f"(?<=[{UNSPACED}])\u200b(?=[{UNSPACED}])")  # what tells words apart where no space does
_POINT = re.compile(f"[{_POINTS}]")
_OTHER_DIGIT = re.compile(r"(?![0-9])\d")
_RTL = re.compile("[\u0590-\u06ff\ufb1d-\ufdff\ufe70-\ufeff]")
# Letters of the Persian, Urdu and Kurdish keyboards as the Arabic one has them, and yeh without its dots.
_KEYBOARDS = str.maketrans(
    "\u06a9\u06aa\u06cc\u0649\u06d2\u06c1\u06c0\u06d5", "\u0643\u0643\u064a\u064a\u064a\u0647\u0647\u0647"
)
# Half of the code points, which every search would look through in vain: below the first mark, Han, Yi, Hangul with
# surrogates and private use, cuneiform and hieroglyphs, Tangut, and what is beyond the last one.
_MARKLESS = ((0, 0x300), (0x3400, 0xA48D), (0xABFA, 0xFB1D), (0x12000, 0x13430), (0x17000, 0x18D00), (0x1F000, 0))
_SUPERSCRIPTS = "\u00b2\u00b3\u00b9\u2070\u2074-\u2079"
_SUPERSCRIPT = re.compile(f"[{_SUPERSCRIPTS}]")
_FOOTNOTE = re.compile(rf"(?<=[^\W\d_]{{4}})[{_SUPERSCRIPTS}]+(?![^\W_])")


def normalise(text: str) -> str:
    """NFKC and case folding, less what nobody sees or only some write.

    Invisible characters vanish, but for a zero-width space between letters of a script without spaces. A superscript
    digit after a word of more than three letters is a footnote's mark and vanishes (m² and 10⁶ stay). Hebrew points,
    Arabic vowels and tatweel vanish, Persian and Arabic keyboards give the same letters, and all decimal digits are
    ASCII.
    """
    if text.isascii():
        return text.lower()
    folded = unified(text).casefold()
    # Case folding can undo the normal form (Unicode Standard, section 3.13, definition D146).
    folded = unicodedata.normalize("NFKC", folded).replace("i\u0307", "i")
    if _RTL.search(folded):
        folded = _POINT.sub("", folded).translate(_KEYBOARDS)
    return _OTHER_DIGIT.sub(_ascii_digit, folded)


def unified(text: str) -> str:
    """`text` in normal form KC, without footnote marks and what nobody sees: one spelling for composed and decomposed
    letters, and for those of full and half width.
    """
    if text.isascii():
        return text
    text = visible(text)
    if _SUPERSCRIPT.search(text):
        text = _FOOTNOTE.sub("", unicodedata.normalize("NFC", text))
    return unicodedata.normalize("NFKC", text)


def visible(text: str) -> str:
    """`text` without its invisible characters."""
    return _INVISIBLE.sub("", _BREAK.sub(" ", text) if "\u200b" in text else text)


def fold(word: str) -> str:
    """`word` without accents, its Latin letters in ASCII where they have an equivalent. Never empty for a word."""
    if word.isascii():
        return word
    bare = _DIACRITICS.sub("", unicodedata.normalize("NFD", word.translate(_LETTERS)))
    return unicodedata.normalize("NFC", bare)


def has_marks(text: str) -> bool:
    """Whether a text may have combining marks, or characters that nobody sees, which are all of category Cf or Mn."""
    return not text.isascii() and any(unicodedata.category(letter) in ("Mn", "Mc", "Cf") for letter in set(text))


@cache
def mark_ranges() -> str:
    """The combining marks (categories Mn and Mc) below U+1F000, as the inside of a regex character class.

    They belong to words in Devanagari, Tamil, Arabic and others, yet `\\w` leaves them out.
    """
    ranges: list[list[int]] = []
    for start, end in pairwise(_MARKLESS):
        for code, category in enumerate(map(unicodedata.category, map(chr, range(start[1], end[0]))), start[1]):
            if category != "Mn" and category != "Mc":
                continue
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return "".join(f"{chr(low)}-{chr(high)}" for low, high in ranges)


def _ascii_digit(match: re.Match[str]) -> str:
    return str(unicodedata.decimal(match[0]))
