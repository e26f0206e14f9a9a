"""Hits of several collections in one order."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from engine.lexical.analysis import analyse
from engine.lexical.function_words import LANGUAGES, function_words
from engine.lexical.unicode import normalise
from engine.lexical.words import split_words
from engine.types import Hit, SearchResult

MergedBy = Literal["relevance", "words"]


@dataclass(frozen=True, slots=True)
class LabelledHit:
    """A hit with the collection that it comes from, its score there scaled to [0, 1], and its rank among all."""

    collection: str
    hit: Hit
    score: float
    rank: int


@dataclass(frozen=True, slots=True)
class MergedResult:
    """Hits of several collections in one order, which `merged_by` explains; each collection's own result beside it."""

    hits: tuple[LabelledHit, ...]
    merged_by: MergedBy
    results: dict[str, SearchResult]


def merge(results: Mapping[str, SearchResult], k: int) -> MergedResult:
    """The best `k` hits of several collections, as `Searching.search_many` orders them."""
    known = all(hit.relevance is not None for result in results.values() for hit in result.hits)
    guesses = {} if known else _by_words(results)
    labelled = [
        (guesses[name][place] if hit.relevance is None else hit.relevance, hit.rank, name, hit, score)
        for name, result in results.items()
        for place, (hit, score) in enumerate(zip(result.hits, _scaled([hit.score for hit in result.hits]), strict=True))
    ]
    labelled.sort(key=lambda entry: (-entry[0], entry[1]))  # stable: ties keep the order of the collections
    hits = tuple(
        LabelledHit(name, hit, score, rank) for rank, (_, _, name, hit, score) in enumerate(labelled[:k], start=1)
    )
    return MergedResult(hits, "relevance" if known else "words", dict(results))


def _by_words(results: Mapping[str, SearchResult]) -> dict[str, list[float]]:
    """A guess at the relevance of each hit that is comparable between collections, in [0, 1]: the square of the share
    of the question's words that it holds, the rare ones among all hits weighing more. A collection knows more of its
    own order: no hit is worth less than one behind it.
    """
    asked = {name: _words(result.query) for name, result in results.items()}
    held = {name: [_held(asked[name], hit) for hit in result.hits] for name, result in results.items()}
    words = set(chain.from_iterable(asked.values()))
    every = [hit for hits in held.values() for hit in hits]
    weights = {word: math.log(1 + (len(every) + 1) / (1 + sum(word in hit for hit in every))) for word in words}
    total = sum(weights.values()) or 1.0
    guesses: dict[str, list[float]] = {}
    for name, hits in held.items():
        shares = [sum(weights[word] for word in hit) / total for hit in hits]
        guesses[name] = [max(shares[place:]) ** 2 for place in range(len(shares))]
    return guesses


def _held(words: Sequence[str], hit: Hit) -> frozenset[str]:
    """The words of the query of which the hit holds a form."""
    language = hit.document.language
    terms = frozenset(analyse(" ".join((hit.document.title, *hit.chunk.headings, hit.chunk.text)), language))
    return frozenset(word for word in words if not terms.isdisjoint(analyse(word, language)))


def _words(query: str) -> list[str]:
    """The query's words, less the function words where there are others."""
    words = list(dict.fromkeys(split_words(normalise(query))))
    function = function_words(words, LANGUAGES)
    return [word for word in words if word not in function] or words


def _scaled(scores: Sequence[float]) -> list[float]:
    low, high = min(scores, default=0.0), max(scores, default=0.0)
    return [(score - low) / (high - low) if high > low else 1.0 for score in scores]
