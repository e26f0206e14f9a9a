"""Marks inside of a line of wikitext, away."""

from __future__ import annotations

import html
import re

from indexer.parsers.decoding import clean
from indexer.parsers.wiki.elements import Literals

_QUOTES = re.compile(r"'{5}|'{3}|'{2}")
_EXTERNAL = re.compile(
    r"\[(?:(?:https?|ftps?|ircs?|news|sftp|git|svn)://|//|mailto:)[^\s\[\]<>]{1,2000}+\s*+([^\[\]\n]{0,2000}+)\]"
)
_BREAK = re.compile(r"<br\b[^<>]{0,200}>", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,1000}+>")
_SWITCH = re.compile(r"__[^\W\d_a-z]{3,30}+__")
_VARIANT = re.compile(r"-\{([^{}]{0,1000}+)\}-")
_HOLLOW = re.compile(r"[ \t]{0,3}\([\s,;:/]{0,20}+\)")  # of templates that are gone
_AFTER = re.compile(r"\([\s,;]{1,20}+")


def plain(text: str, literals: Literals) -> str:
    """The text as a reader sees it, on one line."""
    text = _EXTERNAL.sub(r"\1", text)
    text = _TAG.sub("", _BREAK.sub(" ", text))
    text = _SWITCH.sub("", _VARIANT.sub(_variant, _QUOTES.sub("", text)))
    text = _AFTER.sub("(", _HOLLOW.sub("", text))
    return " ".join(clean(html.unescape(literals.restored(text))).split())


def _variant(found: re.Match[str]) -> str:
    """The first of the spellings of a word in the variants of a language, as in -{zh-hans:a; zh-hant:b}-."""
    first = found[1].partition(";")[0]
    return first.rpartition(":")[2].strip()
