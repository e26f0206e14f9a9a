"""The language of a text that is too short to tell it: the most probable one of its collection.

A document's language decides how its words are stemmed, so one undecided abstract among English ones would hold other
terms than its neighbours for the same words. What is sure is left as it was told.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from engine.text.language import UNDETERMINED, detect, probabilities
from engine.text.scripts import can_write, script_of

_LEAST = 1e-9  # the probability of what the model rules out


def settle(texts: Sequence[str], languages: Sequence[str], known: Mapping[str, int]) -> list[str]:
    """`languages` of `texts`, where "und" became the most probable language of the collection.

    `known` counts what the collection holds beside these, by language. A collection of undecided texts only takes the
    language of all of them together. "und" stays where no language of the collection is written in the text's script.
    """
    if UNDETERMINED not in languages:
        return list(languages)
    counts = Counter(known)
    counts.update(languages)
    del counts[UNDETERMINED]
    if not counts and (together := detect("\n".join(texts))) != UNDETERMINED:
        counts[together] = len(texts)
    return [
        most_probable(text, counts) if language == UNDETERMINED else language
        for text, language in zip(texts, languages, strict=True)
    ]


def most_probable(text: str, counts: Mapping[str, int]) -> str:
    """The language of `counts` that `text` is in most probably, if texts come as often in each as counted."""
    script = script_of(text)
    possible = [code for code in counts if counts[code] > 0 and (script is None or can_write(code, script))]
    if len(possible) < 2:
        return possible[0] if possible else UNDETERMINED
    told = probabilities(text)
    return max(possible, key=lambda code: (math.log(counts[code] * max(told.get(code, 0.0), _LEAST)), code))
