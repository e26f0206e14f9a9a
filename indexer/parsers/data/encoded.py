"""Values that are files in letters, such as an image in base64: they hold no words."""

from __future__ import annotations

import re

_LEAST = 400  # code points
_WORD = re.compile(r"(?:data:[\w/+.;=-]{1,100},)?[A-Za-z0-9+/=_-]*")
_LINE = 40  # code points of a word of such a text, its last one aside


def is_encoded(text: str) -> bool:
    """Whether a text is encoded data, in one piece or in lines."""
    if len(text) < _LEAST:
        return False
    words = text.split()
    return all(len(word) >= _LINE for word in words[:-1]) and all(_WORD.fullmatch(word) for word in words)
