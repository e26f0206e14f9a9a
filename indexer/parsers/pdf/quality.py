"""Whether what a page's text layer says can be text: fonts without a table of their characters give rubbish."""

from __future__ import annotations

import re
import unicodedata

from indexer.parsers.pdf.page import Page

_SAMPLE = 1000  # characters of a page that are looked at
_LEAST = 40  # characters from which a page is judged
_NO_TEXT = 0.15  # share of controls, private and unassigned characters
_LETTERS = 0.35  # share of letters and digits below which there are too many signs
_SIGNS = "!\"#$%&'*?@^`~;\\<>"
_ODD = 0.25  # share of words made of such signs
_PLAIN = re.compile(r"[\s\d.,:/%_…·•|+=()–—-]+")  # what tables and leaders are full of
_WORD = re.compile(r"[A-Za-z]{4,24}")
_VOWELS = frozenset("aeiouyAEIOUY")
_WITHOUT_VOWEL = 0.4  # share of longer Latin words
_ENOUGH = 20  # words that tell
_MIXED = 0.3  # share of words whose letters are of several scripts


def is_unreadable(page: Page) -> bool:
    """Whether the text that a page holds, however it looks, cannot be text."""
    return is_rubbish("\n".join(piece.text for piece in page.pieces))


def is_rubbish(text: str) -> bool:
    """Whether a page's text, as PDFium gives it, is unreadable."""
    text = text[:_SAMPLE]
    tokens = text.split()
    if sum(not token.strip(_SIGNS) for token in tokens) > max(_ENOUGH, _ODD * len(tokens)):
        return True
    words = [word for word in _WORD.findall(text) if not word.isupper()]
    if len(words) > _ENOUGH:
        voiced = sum(not _VOWELS.isdisjoint(word) for word in words)
        return voiced < (1 - _WITHOUT_VOWEL) * len(words)
    categories = [unicodedata.category(character) for character in _PLAIN.sub("", text)]
    categories = [category for category in categories if category != "So"]  # ornaments
    if len(categories) < _LEAST:
        return False
    if sum(category in ("Cc", "Co", "Cn", "Cs") for category in categories) > _NO_TEXT * len(categories):
        return True
    return sum(category[0] in "LMN" for category in categories) < _LETTERS * len(categories) or _is_mixed(text)


def _is_mixed(text: str) -> bool:
    """Whether many words have letters of several scripts: a font's glyph numbers taken for characters."""
    words = [word for word in text.split() if len(word) > 2 and not word.isascii()]
    if len(words) < 10:
        return False
    return sum(len(_scripts(word)) > 2 for word in words) > _MIXED * len(words)


def _scripts(word: str) -> set[str]:
    names = (unicodedata.name(character, "? ?").split(" ", 1)[0] for character in word if character.isalpha())
    return {"CJK" if name in ("HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO") else name for name in names}
