"""The analyser that BM25 peers without one of their own are given: lower case, words, Snowball's English stems."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

_WORD = re.compile(r"\w+")


def stemmed(text: str) -> list[str]:
    """The stems of a text's words, in order."""
    stems: list[str] = _stemmer().stemWords(_WORD.findall(text.lower()))
    return stems


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    from Stemmer import Stemmer

    return Stemmer("english")
