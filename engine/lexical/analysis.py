"""The language-aware analyser: text -> terms, the same for documents and queries.

normalise (NFKC, case folding) -> words -> Snowball stemmer of the document's language -> accents folded to ASCII.
The folding comes last because stemmers need the accents ("élève"). No stop words are removed: BM25's IDF makes them
nearly worthless, and a query of nothing else still finds something.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from engine.lexical.stemmers import STEMMER_VERSION, stem_function, stemmer_language
from engine.lexical.unicode import fold, normalise
from engine.lexical.words import MAX_LENGTH, split_words

# Raise the number when any text would give other terms than before: an index is only searched with its own analyser.
ANALYSER_VERSION = f"winnow/1+snowball-{STEMMER_VERSION}"

_MEMORY = 100_000  # words remembered per language and thread: a language's frequent words many times over

_local = threading.local()


def analyse(text: str, language: str) -> list[str]:
    """The terms of a text in order; `language` is ISO 639-1, and words of an unknown one are not stemmed.

    No term is empty, holds white space, or is longer than 64 code points. Never raises.
    """
    terms = _terms_of(stemmer_language(language))
    return [terms[word] for word in split_words(normalise(text))]


def analyse_query(text: str, languages: Sequence[str]) -> list[tuple[str, ...]]:
    """Per word of the query its distinct terms under each of the collection's languages, in their order.

    Documents are stemmed in their own language, so a word of the query matches any of its alternatives. Without
    languages, words are not stemmed.
    """
    codes = dict.fromkeys(stemmer_language(language) for language in languages) or {"und": None}
    memories = [_terms_of(code) for code in codes]
    return [tuple(dict.fromkeys(terms[word] for terms in memories)) for word in split_words(normalise(text))]


class _Terms(dict[str, str]):
    """Word -> term under one stemmer, worked out on the first look-up."""

    def __init__(self, stem: Callable[[str], str]) -> None:
        self._stem = stem

    def __missing__(self, word: str) -> str:
        if len(self) >= _MEMORY:
            self.clear()
        term = self[word] = fold(self._stem(word))[:MAX_LENGTH] or word
        return term


def _terms_of(code: str) -> _Terms:
    memories: dict[str, _Terms] = _local.__dict__.setdefault("memories", {})
    if code not in memories:
        memories[code] = _Terms(stem_function(code))
    return memories[code]
