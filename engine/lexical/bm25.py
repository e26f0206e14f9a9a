"""BM25 of chosen rows, from a segment's forward index and a generation's statistics.

Simple BM25F: the fields' weighted term frequencies are added before they saturate (Robertson, Zaragoza, Taylor 2004,
"Simple BM25 extension to multiple weighted fields", https://doi.org/10.1145/1031171.1031181), so weights of 1 equal
plain BM25 over title and body together. The IDF is Lucene's, ln(1 + (N - df + 0.5) / (df + 0.5)): never negative.

The alternatives of one word, such as its stems under several languages, are scored as one term, as in Lucene's
SynonymQuery: their frequencies in a row are added. So are their document frequencies: the sum is the most rows that can
hold any of them. With an IDF of its own, a rare alternative would outweigh every other word.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.lexical.analysis import Alternatives
from engine.lexical.forward_index import ABSENT, ForwardIndex
from engine.lexical.statistics import LexicalStatistics
from engine.recipe import Recipe
from engine.types import Rows

Float64 = NDArray[np.float64]

_BATCH = 65_536  # (row, group) pairs scored at a time: bounds the memory of a long query over many rows
_ROWS = 4_096  # read at a time: bounds the memory of any query over many rows


def inverse_document_frequency(chunk_count: int, document_frequency: int) -> float:
    """Lucene's IDF."""
    return math.log1p((chunk_count - document_frequency + 0.5) / (document_frequency + 0.5))


@dataclass(frozen=True, slots=True)
class Bm25:
    """A query's scorer: `weights` are IDF times occurrences in the query, per group of alternative terms."""

    weights: Mapping[Alternatives, float]
    average_length: float
    recipe: Recipe

    @staticmethod
    def of(groups: Mapping[Alternatives, int], statistics: LexicalStatistics, recipe: Recipe, limit: int) -> Bm25:
        """The scorer of a query's words (with how often each occurs): of the `limit` rarest that any chunk holds.

        A group is the terms that one word may stand for. They are scored as one term.
        """
        count = statistics.chunk_count
        frequencies = {group: min(sum(map(statistics.document_frequency, group)), count) for group in groups}
        held = [group for group, frequency in frequencies.items() if frequency > 0]
        weights = {
            group: groups[group] * inverse_document_frequency(count, frequencies[group])
            for group in sorted(held, key=frequencies.__getitem__)[:limit]
        }
        length = recipe.title_weight * statistics.title_length + recipe.body_weight * statistics.body_length
        return Bm25(weights, length / max(count, 1), recipe)

    def lightened(self, groups: Collection[Alternatives], factor: float) -> Bm25:
        """The scorer with the weights of `groups` times `factor`; unchanged where it has no others."""
        if all(group in groups for group in self.weights):
            return self
        weights = {group: weight * factor if group in groups else weight for group, weight in self.weights.items()}
        return replace(self, weights=weights)

    def on(self, index: ForwardIndex) -> RowScorer:
        """The scorer of one segment's rows."""
        known = {group: tuple(map(index.term_id, group)) for group in self.weights}
        held = {group: tuple(term_id for term_id in ids if term_id != ABSENT) for group, ids in known.items()}
        return RowScorer(self, index, {group: ids for group, ids in held.items() if ids})


@dataclass(frozen=True, slots=True)
class RowScorer:
    """Scores rows of one segment; `ids` are those of the terms that the segment holds, of each group that has any."""

    query: Bm25
    index: ForwardIndex
    ids: Mapping[Alternatives, tuple[int, ...]]

    @property
    def term_ids(self) -> list[int]:
        """All ids, group after group."""
        return [term_id for ids in self.ids.values() for term_id in ids]

    @property
    def most(self) -> Float64:
        """The most that each group adds to a score, shape (groups,): term frequencies saturate."""
        return (self.query.recipe.k1 + 1) * np.array([self.query.weights[group] for group in self.ids])

    def of_groups(self, kept: NDArray[np.bool_]) -> RowScorer:
        """The scorer of some of the groups alone: one flag for each."""
        return replace(self, ids={group: self.ids[group] for group, keep in zip(self.ids, kept, strict=True) if keep})

    def score(self, rows: Rows) -> Float64:
        """The score of each row, shape (len(rows),); 0 where it holds none of the terms."""
        return self.score_beside(rows, np.zeros(len(self.ids), np.bool_))[0]

    def score_beside(self, rows: Rows, kept: NDArray[np.bool_]) -> tuple[Float64, Float64]:
        """The score of each row, and what some groups (one flag for each) make of it: both (len(rows),)."""
        if not self.ids:
            return np.zeros(len(rows)), np.zeros(len(rows))
        step = min(_ROWS, max(_BATCH // len(self.ids), 1))
        batches = [self._each_group(rows[i : i + step]) for i in range(0, len(rows), step)]
        # One group after the other: a product of matrices would round by how many of them the segment holds.
        whole = [np.cumsum(scores, axis=1)[:, -1] for scores in batches]
        part = [scores[:, kept].sum(axis=1) for scores in batches]
        return np.concatenate([np.empty(0), *whole]), np.concatenate([np.empty(0), *part])

    def _each_group(self, rows: Rows) -> Float64:
        """Each group's share of the score of each row, shape (rows, groups)."""
        recipe = self.query.recipe
        title_tf, body_tf = self._frequencies(rows)  # (rows, groups)
        title_length, body_length = self.index.lengths(rows)  # (rows,)
        tf = recipe.title_weight * title_tf + recipe.body_weight * body_tf
        length = recipe.title_weight * title_length.astype(np.float64) + recipe.body_weight * body_length
        norm = recipe.k1 * (1 - recipe.b + recipe.b * length / (self.query.average_length or 1.0))
        saturated = np.divide(tf * (recipe.k1 + 1), tf + norm[:, None], out=np.zeros_like(tf), where=tf > 0)
        weights = np.array([self.query.weights[group] for group in self.ids])
        scores: Float64 = saturated * weights
        return scores

    def _frequencies(self, rows: Rows) -> tuple[Float64, Float64]:
        """How often each row holds the terms of each group, in its title and in its body: both (rows, groups)."""
        found = self.index.occurrences(rows, self.term_ids)
        groups = np.repeat(np.arange(len(self.ids)), [len(ids) for ids in self.ids.values()])
        order = np.argsort(self.term_ids, kind="stable")
        terms, groups = np.array(self.term_ids)[order], groups[order]
        first = np.searchsorted(terms, found.term_ids)
        counts = np.searchsorted(terms, found.term_ids, side="right") - first  # a term may be in several groups
        each = np.repeat(np.arange(len(counts)), counts)
        memberships = np.arange(len(each)) - np.repeat(np.cumsum(counts) - counts, counts) + first[each]
        cells = found.places[each] * len(self.ids) + groups[memberships]
        sums = (np.bincount(cells, tf[each], len(rows) * len(self.ids)) for tf in (found.title_tf, found.body_tf))
        title, body = (one.astype(np.float64).reshape(len(rows), -1) for one in sums)
        return title, body
