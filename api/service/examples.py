"""Questions that a collection can answer, for who does not know yet what to ask: its own headings and titles."""

from __future__ import annotations

import re

from engine.store.generation import Generation

_LONGEST = 70  # code points of an example
_WORDS = range(4, 10)
_PLAIN = re.compile(r"[^\W\d_][\w\s’',?-]*")  # no numbers of chapters, no code, no operators


def examples(generation: Generation, most: int) -> list[str]:
    """At most `most` titles or headings that read like something to ask, spread over the collection: questions that
    are titles first, then other titles, then headings, which mean less by themselves.
    """
    kinds: list[dict[str, None]] = [{}, {}, {}, {}]  # sets that keep their order
    for text, is_title in generation.contents.headings(_LONGEST):
        if _reads_well(text):
            kinds[2 * (not is_title) + (not text.endswith("?"))][text] = None
    return list(dict.fromkeys(text for kind in kinds for text in _spread(list(kind), most)))[:most]


def _reads_well(text: str) -> bool:
    return len(text.split()) in _WORDS and _PLAIN.fullmatch(text) is not None


def _spread(texts: list[str], most: int) -> list[str]:
    """Some of them, from all parts."""
    step = max(len(texts) // max(most, 1), 1)
    return texts[step // 2 :: step][:most]
