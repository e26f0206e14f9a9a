"""Training data: queries, the passages that they are asked of, and what is known about them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import chain


@dataclass(frozen=True, slots=True)
class Query:
    """`positives`, `negatives` and `excluded` are passage numbers; what is excluded may not serve as a negative.

    `labels` are the grades of positives, then negatives, where the data state some; `margins` what a teacher scored
    the first positive above each negative.
    """

    text: str
    positives: tuple[int, ...]
    negatives: tuple[int, ...] = ()
    excluded: frozenset[int] = frozenset()
    labels: tuple[float, ...] = ()
    margins: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Corpus:
    """One source's passages and the queries over them, or `groups` of texts that belong together: a text and its
    translations, or the two of a pair. Instead of queries `classes` may say the class of each group, or, where there
    are no groups, of each passage.
    """

    name: str
    passages: Sequence[str]
    queries: Sequence[Query] = field(default=())
    classes: Sequence[str] = field(default=())
    groups: Sequence[tuple[str, ...]] = field(default=())

    def split(self, held_out: int, seed: int) -> tuple[Corpus, Corpus]:
        """(what to train on, what is held out), by the queries: the same ones for the same seed."""
        order = list(self.queries)
        random.Random(seed).shuffle(order)
        return replace(self, queries=tuple(order[held_out:])), replace(self, queries=tuple(order[:held_out]))


def unlabelled(corpora: Sequence[Corpus]) -> list[str]:
    """Every distinct text: passages, queries, and what belongs together, in a fixed order."""
    texts = [
        text
        for corpus in corpora
        for text in (*corpus.passages, *(query.text for query in corpus.queries), *chain(*corpus.groups))
    ]
    return [text for text in dict.fromkeys(texts) if text.strip()]
