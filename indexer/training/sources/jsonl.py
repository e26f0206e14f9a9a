"""JSON lines of pairs {query, positive}, triples {query, positive, negative[, score]}, labelled {query, text, label},
classes {text, label}, pair-classes {query, text, label}.

`negative` may be a list, and `score` one too: what a teacher scored the positive above each negative.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from indexer.training.corpus import Corpus, Query
from indexer.training.recipe import Data
from indexer.training.sources.files import read_lines


class _Passages:
    """Passages numbered in the order in which they are first met."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, text: object) -> int:
        if not isinstance(text, str):
            raise TypeError(f"a passage must be a text, not {text!r}")
        return self._numbers.setdefault(text, len(self._numbers))

    def texts(self) -> list[str]:
        return list(self._numbers)


def read_pairs(data: Data) -> Corpus:
    """Lines of one query are one query with several positives."""
    passages = _Passages()
    positives: dict[str, list[int]] = {}
    for row in read_lines(data.path):
        positives.setdefault(str(row["query"]), []).append(passages.number(row["positive"]))
    return Corpus(data.label, passages.texts(), [Query(text, tuple(found)) for text, found in positives.items()])


def read_triples(data: Data) -> Corpus:
    """Each line is a query with its own negatives."""
    passages = _Passages()
    queries = []
    for row in read_lines(data.path):
        positive = passages.number(row["positive"])
        negatives = tuple(passages.number(text) for text in _listed(row["negative"]))
        margins = tuple(float(score) for score in _listed(row.get("score", [])))
        if margins and len(margins) != len(negatives):
            raise ValueError(f"{len(margins)} scores for {len(negatives)} negatives")
        queries.append(Query(str(row["query"]), (positive,), negatives, margins=margins))
    return Corpus(data.label, passages.texts(), queries)


def read_labelled(data: Data) -> Corpus:
    """Lines of one query are one query: texts with a label above 0 are positives, the others negatives."""
    passages = _Passages()
    graded: dict[str, dict[int, float]] = {}
    for row in read_lines(data.path):
        graded.setdefault(str(row["query"]), {})[passages.number(row["text"])] = float(row["label"])
    queries = []
    for text, labels in graded.items():
        positives = tuple(number for number, label in labels.items() if label > 0)
        negatives = tuple(number for number, label in labels.items() if label <= 0)
        queries.append(Query(text, positives, negatives, labels=tuple(labels[n] for n in (*positives, *negatives))))
    return Corpus(data.label, passages.texts(), queries)


def read_classes(data: Data) -> Corpus:
    """Each line is a text of the class that its label names, a text or a number."""
    rows = list(read_lines(data.path))
    if not all(isinstance(row["text"], str) for row in rows):
        raise TypeError("a text must be a text")
    return Corpus(data.label, [row["text"] for row in rows], classes=[str(row["label"]) for row in rows])


def read_pair_classes(data: Data) -> Corpus:
    """Each line is a pair of the class that its label names: of NLI, whether `text` (the premise) entails `query`."""
    rows = list(read_lines(data.path))
    groups = [(row["text"], row["query"]) for row in rows]
    if not all(isinstance(text, str) for group in groups for text in group):
        raise TypeError("query and text must be texts")
    return Corpus(data.label, (), classes=[str(row["label"]) for row in rows], groups=groups)


def _listed(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else [value]
