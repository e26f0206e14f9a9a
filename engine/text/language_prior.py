"""The language of a text that is too short to tell it: the most probable one of its collection.

A document's language decides how its words are stemmed, so one undecided abstract among English ones would hold other
terms than its neighbours for the same words. What is sure is left as it was told.
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence

from engine.text.language import UNDETERMINED, detect, probabilities

# The first word of a letter's Unicode name -> the languages that are written with it; all others are written in Latin.
_SCRIPTS = {
    "ARABIC": {"ar", "fa", "ur"},
    "ARMENIAN": {"hy"},
    "CJK": {"ja", "zh"},
    "CYRILLIC": {"bg", "ru", "sr", "uk"},
    "DEVANAGARI": {"hi"},
    "GREEK": {"el"},
    "HANGUL": {"ko"},
    "HEBREW": {"he"},
    "HIRAGANA": {"ja"},
    "KATAKANA": {"ja"},
    "TAMIL": {"ta"},
    "THAI": {"th"},
}
_NOT_LATIN = frozenset[str]().union(*_SCRIPTS.values())
_SAMPLE = 200  # letters looked at for their script
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
    script = _script(text)
    possible = [language for language in counts if counts[language] > 0 and _can_write(language, script)]
    if len(possible) < 2:
        return possible[0] if possible else UNDETERMINED
    told = probabilities(text)
    return max(possible, key=lambda code: (math.log(counts[code] * max(told.get(code, 0.0), _LEAST)), code))


def _script(text: str) -> str | None:
    """The script of most letters; None where there is no letter."""
    letters = [letter for letter in text[: 20 * _SAMPLE] if letter.isalpha()][:_SAMPLE]
    names = Counter(unicodedata.name(letter, "LATIN").split(" ", 1)[0] for letter in letters)
    return names.most_common(1)[0][0] if names else None


def _can_write(language: str, script: str | None) -> bool:
    if script is None:
        return True
    return language in _SCRIPTS[script] if script in _SCRIPTS else script == "LATIN" and language not in _NOT_LATIN
