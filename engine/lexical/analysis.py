"""The language-aware analyser: text -> terms, the same for documents and queries.

normalise (NFKC, case folding, marks and digits unified) -> words -> Snowball stemmer of the document's language ->
accents folded to ASCII; and beside the words what compounds can be found by (compounds.py). The folding comes last
because stemmers need the accents ("élève"). No stop words are removed: they weigh little (search.py), and a query of
nothing else still finds something.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.lexical.compounds import compounds, parts, quantities, wholes, words_with_parts
from engine.lexical.stemmers import STEMMER_VERSION, stem_function, stemmer_language
from engine.lexical.unicode import fold, normalise
from engine.lexical.words import MAX_LENGTH, split_words

# Raise the number when any text would give other terms than before: an index is only searched with its own analyser.
ANALYSER_VERSION = f"winnow/2+snowball-{STEMMER_VERSION}"

Alternatives = tuple[str, ...]  # the terms that one word of a query may stand for

_COMPOUND = re.compile(r"[\w.]+")
# Of a text: no compound, and no word of more than letters, begins or ends with it ("c++" and "_'s" do, with others).
_PUNCTUATION = "!\"$%&'()*,-./:;<=>?@[\\]^`{|}~“”‘’–—•…"
_MEMORY = 100_000  # words remembered per language and thread: a language's frequent words many times over

_local = threading.local()


@dataclass(frozen=True, slots=True)
class Analysis:
    """The terms of a text in order, and groups of further terms that it can be found by (engine/lexical/compounds.py).

    `words` are the surface words, of which `terms` are the stems, place by place.
    """

    words: list[str]
    terms: list[str]
    beside: list[list[str]]


def analyse_whole(text: str, language: str) -> Analysis:
    """All that a text can be found by; `language` as for `analyse`."""
    terms = terms_of(stemmer_language(language))
    words = split_words(normalise(text))
    return Analysis(words, [terms[word] for word in words], list(_folded_groups(compounds(text), terms)))


def plain_word(token: str) -> str | None:
    """The one word of a token without white space; None where it is no ordinary one: most are, and need no analysis."""
    word = token.strip(_PUNCTUATION)
    if not word.isascii() or len(word) > MAX_LENGTH:
        return None
    plain = word.isdigit() or (word.isalpha() and (word.islower() or word.isupper() or word[1:].islower()))
    return word.lower() if plain else None


def analyse_quantities(text: str, language: str) -> list[list[str]]:
    """The groups of `analyse_whole` that go across white space: a number with its unit."""
    return list(_folded_groups(quantities(text), terms_of(stemmer_language(language))))


def analyse(text: str, language: str) -> list[str]:
    """The terms of a text in order; `language` is ISO 639-1, and words of an unknown one are not stemmed.

    No term is empty, holds white space, or is longer than 64 code points. Never raises.
    """
    terms = terms_of(stemmer_language(language))
    return [terms[word] for word in split_words(normalise(text))]


def analyse_query(text: str, languages: Sequence[str]) -> list[Alternatives]:
    """Per word of the query its distinct terms under each of the collection's languages, in their order; then those
    of its compounds in one word. Documents are stemmed in their own language, so a word of the query matches any of its
    alternatives. Without languages, words are not stemmed.
    """
    words = [*split_words(normalise(text)), *(word for one in wholes(text) for word in _folded(one))]
    return analyse_words(words, languages)


def analyse_words(words: Iterable[str], languages: Sequence[str]) -> list[Alternatives]:
    """The terms of each of the analyser's words, as in `analyse_query`."""
    memories = _memories(languages)
    return [_alternatives(word, memories) for word in words]


def analyse_parts(text: str, languages: Sequence[str]) -> list[tuple[Alternatives, tuple[Alternatives, ...]]]:
    """The words of the query that have parts, such as maxShards, and these: what is looked for where the word itself
    occurs nowhere. Terms as in `analyse_query`.
    """
    memories = _memories(languages)
    return [
        (_alternatives(whole, memories), tuple(_alternatives(one, memories) for part in found for one in _folded(part)))
        for word, found in words_with_parts(text)
        for whole in _folded(word)
    ]


def _alternatives(word: str, memories: Sequence[Mapping[str, str]]) -> Alternatives:
    return tuple(dict.fromkeys(terms[word] for terms in memories))


def analyse_compound(one: str, language: str) -> list[str]:
    """The term of a compound in one word (engine/lexical/compounds.py `whole`), if it has any."""
    terms = terms_of(stemmer_language(language))
    return [terms[word] for word in _folded(one)]


def phrase_readings(text: str, language: str) -> list[tuple[str, ...]]:
    """The sequences of terms that a quoted text stands for: as it is written, and with each number and the letters
    beside it in one word and apart ("12 V", "12V"). None is empty.
    """
    terms = terms_of(stemmer_language(language))
    words = split_words(normalise(text))
    apart = [part for word in words for part in parts(word) or [word]]
    together: list[str] = []
    for word in words:
        if together and _meet(together[-1], word):
            together[-1] += word
        else:
            together.append(word)
    readings = dict.fromkeys(tuple(terms[word] for word in reading) for reading in (words, together, apart) if reading)
    return list(readings)


def _meet(first: str, second: str) -> bool:
    """Whether one is a number and the other letters."""
    return (first.isdecimal() and second.isalpha()) or (first.isalpha() and second.isdecimal())


def _folded_groups(groups: Iterable[list[str]], terms: Mapping[str, str]) -> Iterator[list[str]]:
    for group in groups:
        if found := [terms[one] for word in group for one in _folded(word)]:
            yield found


def _folded(word: str) -> list[str]:
    """A word of a compound as the analyser writes it; a version keeps its dots."""
    folded = normalise(word)
    return [folded[:MAX_LENGTH]] if _COMPOUND.fullmatch(folded) else []  # compatibility letters can hold spaces


def _memories(languages: Sequence[str]) -> list[Mapping[str, str]]:
    codes = dict.fromkeys(stemmer_language(language) for language in languages) or {"und": None}
    return [terms_of(code) for code in codes]


class _Terms(dict[str, str]):
    """Word -> term under one stemmer, worked out on the first look-up."""

    def __init__(self, stem: Callable[[str], str]) -> None:
        self._stem = stem

    def __missing__(self, word: str) -> str:
        if len(self) >= _MEMORY:
            self.clear()
        term = self[word] = fold(self._stem(word))[:MAX_LENGTH] or word
        return term


def terms_of(code: str) -> Mapping[str, str]:
    """Each of the analyser's words with its term, under the stemmer of a code of `stemmer_language`."""
    memories: dict[str, _Terms] = _local.__dict__.setdefault("memories", {})
    if code not in memories:
        memories[code] = _Terms(stem_function(code))
    return memories[code]
