"""The text of lines that were one: words that a hyphen cut in two, ligatures, accents beside their letter."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise

from indexer.parsers.pdf.page import HYPHEN

_LIGATURES = re.compile("[\ufb00-\ufb06\ufb13-\ufb17\ufb1d-\ufb4f\ufb50-\ufdfb\ufe70-\ufefc]")
_ACCENTS = dict(zip("¨´ˆ˜ˇ˚¯˘˝¸`", "\u0308\u0301\u0302\u0303\u030c\u030a\u0304\u0306\u030b\u0327\u0300", strict=True))
_LOOSE_ACCENT = re.compile(r"(?<=[^\W\d_])([¨´ˆ˜ˇ˚¯˘˝¸`])([A-Za-zıȷ])|(?<![^\s(])([¨´ˆ˜ˇ˚˘˝¸])([A-Za-zıȷ])")
_DOTLESS = {"ı": "i", "ȷ": "j"}
_WORD = re.compile(r"[^\W\d_]+(?:[-‐][^\W\d_]+)*")
_LAST_PART = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*$")
_FIRST_PART = re.compile(r"[^\W\d_]+")
_UNSPACED = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f\u0e00-\u0eff]")
_KANA_OR_KANJI = "[\u3040-\u30ff\u4e00-\u9fff\u3000-\u303f]"
_UNSPACED_GAP = re.compile(f"(?<={_KANA_OR_KANJI}) (?={_KANA_OR_KANJI})")


def readable(text: str) -> str:
    """The text with ligatures as letters, and accents on the letters that they stand beside."""
    if text.isascii():
        return text
    text = _LIGATURES.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
    return _UNSPACED_GAP.sub("", _LOOSE_ACCENT.sub(_composed, text))


def _composed(match: re.Match[str]) -> str:
    accent, letter = (match[1], match[2]) if match[1] else (match[3], match[4])
    letter = _DOTLESS.get(letter, letter)
    composed = unicodedata.normalize("NFC", letter + _ACCENTS[accent])
    return composed if len(composed) == 1 else match[0]


def vocabulary(texts: Iterable[str]) -> set[str]:
    """The words of the document, case folded, those with hyphens whole. Words that a line cuts are not among them."""
    between_spaces: set[str] = set()  # each looked at once, however often it is written
    for text in texts:
        if text.endswith((HYPHEN, "-")):
            text = text.rpartition(" ")[0]
        between_spaces.update(text.split())
    return {word.casefold() for said in between_spaces for word in _WORD.findall(said.replace("‐", "-"))}


def joined(lines: Sequence[str], known: set[str]) -> str:
    """One text of lines that follow each other."""
    parts = [part for before, after in pairwise(lines) for part in seam(before, after, known)]
    return "".join([*parts, *lines[-1:]]).replace(HYPHEN, "-")


def seam(before: str, after: str, known: set[str]) -> tuple[str, str]:
    """The part of `before` that stays where `after` follows it, and what comes between the two.

    A hyphen at a line's end stays if the document has the word with a hyphen elsewhere, and goes if it has it without.
    Of a word that it has in neither way, the hyphen goes where the word goes on in lower case and is no compound.
    """
    end = before[-1:]
    if end != HYPHEN and not (end in ("-", "‐") and before[-2:-1].isalpha()):
        unspaced = not end.isascii() and _UNSPACED.match(end) and _UNSPACED.match(after[:1])
        return before, "" if unspaced else " "
    body = before[:-1]
    first, last = _LAST_PART.search(body[-80:]), _FIRST_PART.match(after)
    if first is None or last is None:
        return body, "-"
    left, right = first[0].casefold(), last[0].casefold()
    simple = left.rpartition("-")[2]
    if f"{left}-{right}" in known:
        return body, "-"
    if left + right in known or (simple != left and simple + right in known):
        return body, ""
    if not after[0].islower() or "-" in left or (left in known and right in known and min(len(left), len(right)) > 3):
        return body, "-"
    return body, ""
