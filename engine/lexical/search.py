"""Lexical search over a generation's segments: tantivy proposes rows, BM25 over the whole generation ranks them.

tantivy's own score knows only its segment: its IDF is corrected through term weights, but it rounds lengths to one
byte and has its own k1, b and average length. So each segment is read on, best proposals first, until no unseen row can
enter the k best, even if BM25 exceeded its proposal by the largest factor that was seen so far.

In a large segment tantivy is not asked for words that hardly count, such as "of", though they stand in most rows: an
unseen row is taken to have all that they can add.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import chain
from math import ceil, inf, log2

import numpy as np
from numpy.typing import NDArray

from engine.fusion.ties import Name, best_places, scored_rows
from engine.lexical.analysis import Alternatives
from engine.lexical.bm25 import Bm25, Float64, RowScorer, inverse_document_frequency
from engine.lexical.query import MAX_TERMS, Clause, LexicalQuery
from engine.lexical.segment import LexicalSegment
from engine.lexical.statistics import LexicalStatistics
from engine.recipe import Recipe
from engine.types import RowId, RowMask, Rows

# Of the weight of a function word beside other words (benchmarks/RESULTS.md): "how" and "my" are rare in documents and
# would outweigh what a question is about.
FUNCTION_WEIGHT = 0.3

_FIRST = 24  # the least that a segment is asked for at first
_LARGE = 100_000  # rows, from which on it takes longer to find proposals than to score them
_LIGHT = 0.01  # of the highest score: what the words that tantivy is not asked for add at most
_ENOUGH = 16_384  # proposals of one segment after which only a shortage of rows makes it read on
_ROUNDING = 1.0 + 1e-5  # tantivy's scores are float32


def search_lexical(
    segments: Sequence[LexicalSegment],
    query: LexicalQuery,
    statistics: LexicalStatistics,
    recipe: Recipe,
    k: int,
    allowed: Sequence[RowMask | None],
    name: Name | None = None,
) -> list[tuple[RowId, float]]:
    """The k best rows over all segments, best first; all that match when fewer do. Ties by `name`, without one by
    (segment, row). Arguments as those of `best_by_words`.
    """
    return scored_rows(*best_by_words(segments, query, statistics, recipe, k, allowed, name))


def best_by_words(
    segments: Sequence[LexicalSegment],
    query: LexicalQuery,
    statistics: LexicalStatistics,
    recipe: Recipe,
    k: int,
    allowed: Sequence[RowMask | None],
    name: Name | None = None,
) -> tuple[Rows, Rows, Float64]:
    """The rows of `search_lexical` as arrays: positions of their segments, rows and scores, each (found,).

    A row matches if it holds one of the query's terms and is in its segment's `allowed` (None: every row is). Phrases
    and exclusions are not looked at: `constraint_mask` puts them into `allowed`.
    """
    scorer = query_scorer(query, statistics, recipe)
    readers = [
        _Reader(segment, scorer, mask, first)
        for segment, mask, first in zip(segments, allowed, _first_pages(segments, k), strict=True)
    ]
    unsettled = readers if k > 0 else []
    while unsettled:
        for reader in unsettled:
            reader.read_on()
        entry = _kth_best(np.concatenate([reader.scores for reader in readers]), k)
        unsettled = [reader for reader in readers if not reader.settled(entry)]
    return _best(readers, k, name)


def query_scorer(query: LexicalQuery, statistics: LexicalStatistics, recipe: Recipe) -> Bm25:
    """The scorer of a row's BM25. Function words weigh FUNCTION_WEIGHT beside others that any chunk holds."""
    scorer = Bm25.of(Counter(query_terms(query, statistics)), statistics, recipe, MAX_TERMS)
    return scorer.lightened(query.function, FUNCTION_WEIGHT)


def query_terms(query: LexicalQuery, statistics: LexicalStatistics) -> list[Alternatives]:
    """The terms that are looked for, per word: its parts too where the word itself occurs nowhere."""
    absent = [parts for word, parts in query.parts if not any(map(statistics.document_frequency, word))]
    return [*query.terms, *chain.from_iterable(absent)]


def matching_rows(
    segment: LexicalSegment, query: LexicalQuery, statistics: LexicalStatistics, recipe: Recipe
) -> RowMask:
    """Every row that matches, in the sense of `search_lexical`, deleted or not, shape (rows,)."""
    return segment.forward.rows_with(query_scorer(query, statistics, recipe).on(segment.forward).term_ids)


def constraint_mask(
    segment: LexicalSegment, query: LexicalQuery, documents: NDArray[np.int32] | None = None
) -> RowMask | None:
    """The rows that hold every required clause of the query and no excluded one; None where it has neither.

    With `documents`, the document row of every row, shape (rows,), an exclusion excludes the whole document, and words
    joined by AND may stand in different passages of it.
    """
    if not (query.required or query.excluded or query.together):
        return None
    mask = np.ones(segment.rows, np.bool_)
    for clause in query.required:
        mask &= _holds(segment, clause)
    for clause in query.together:
        mask &= _everywhere(_holds(segment, clause), documents)
    for clause in query.excluded:
        mask &= ~_everywhere(_holds(segment, clause), documents)
    return mask


def _holds(segment: LexicalSegment, clause: Clause) -> RowMask:
    return segment.tantivy.matching(clause.readings, clause.field)


def _everywhere(rows: RowMask, documents: NDArray[np.int32] | None) -> RowMask:
    """All rows of the documents that have any of `rows`."""
    if documents is None or not rows.any():
        return rows
    whole = np.zeros(int(documents.max()) + 1, np.bool_)
    whole[documents[rows]] = True
    return whole[documents]


def _first_pages(segments: Sequence[LexicalSegment], k: int) -> list[int]:
    """How many rows each segment is asked for at first: an equal share of twice the wanted ones (of four times as many
    in a large collection, where scores lie closer), doubled until it is at least the share of a larger segment, which
    has more of them. Reading goes on by doubling, too, so that no segment is read less far than from equal shares.
    """
    rows = max(sum(segment.rows for segment in segments), 1)
    wanted = k * (4 if rows >= _LARGE else 2)
    equal = max(_FIRST, wanted // max(len(segments), 1))
    shares = (max(wanted * segment.rows / rows / equal, 1.0) for segment in segments)
    return [equal << ceil(log2(share)) for share in shares]


class _Reader:
    """Reads one segment's proposals, page by page, and keeps the allowed rows with their BM25 scores."""

    def __init__(self, segment: LexicalSegment, scorer: Bm25, allowed: RowMask | None, first: int) -> None:
        """`first` is how many allowed rows the first page is meant to hold."""
        self._segment, self._allowed = segment, allowed
        self._scorer = scorer.on(segment.forward)
        self._ask_for(_heavy(self._scorer) if segment.rows >= _LARGE else np.ones(len(self._scorer.ids), np.bool_))
        self._allowed_count = segment.rows if allowed is None else int(np.count_nonzero(allowed))
        self._page = first * segment.rows // max(self._allowed_count, 1)
        self._bound = inf  # no unseen row is expected to score more
        self.rows: Rows = np.empty(0, np.int64)
        self.scores: Float64 = np.empty(0)

    def _ask_for(self, heavy: NDArray[np.bool_]) -> None:
        """Begin to read what tantivy proposes for some of the query's groups: one flag for each."""
        self._heavy, self._read = heavy, 0
        self._weights = _proposal_weights(self._scorer.of_groups(heavy))
        self._rest = float(self._scorer.most[~heavy].sum())  # what the other groups add to a score, at most
        self._uplift = _least_uplift(self._scorer.query.recipe)  # the most that BM25 made of a proposal, as a factor

    def settled(self, entry: float) -> bool:
        """Whether reading on would change nothing, not even among ties.

        `entry` is the score of the k-th best so far, -inf without one.
        """
        exhausted = self._bound == -inf
        return exhausted or self._bound * _ROUNDING < entry or (self._read >= _ENOUGH and entry > -inf)

    def read_on(self) -> None:
        """The next page of proposals, each as long as all before; or all allowed rows, if they fit into one."""
        if not self._weights:
            self._bound = -inf
        elif self._allowed_count <= self._page:
            self._score_allowed()
        else:
            self._read_page()

    def _score_allowed(self) -> None:
        rows = np.arange(self._segment.rows) if self._allowed is None else np.flatnonzero(self._allowed)
        self.rows, self.scores = np.empty(0, np.int64), np.empty(0)
        self._keep(rows, self._scorer.score(rows))
        self._bound = -inf

    def _read_page(self) -> None:
        if self._bound == self._rest > 0:  # all rows of the heavy words were read, and others may be as good
            self._ask_for(np.ones_like(self._heavy))
        rows, proposed = self._segment.tantivy.candidates(self._weights, self._page, self._read)
        scores, heavy = self._scorer.score_beside(rows, self._heavy)
        self._uplift = max(self._uplift, float((heavy / proposed).max(initial=0.0)))
        if len(rows) == self._page:
            self._bound = float(proposed[-1]) * self._uplift + self._rest
        else:
            self._bound = self._rest or -inf
        self._read += len(rows)
        self._page = max(self._page, self._read)
        allowed = slice(None) if self._allowed is None else self._allowed[rows]
        self._keep(rows[allowed], scores[allowed])

    def _keep(self, rows: Rows, scores: Float64) -> None:
        new = (scores > 0) & ~np.isin(rows, self.rows)
        self.rows = np.concatenate([self.rows, rows[new]])
        self.scores = np.concatenate([self.scores, scores[new]])


def _heavy(scorer: RowScorer) -> NDArray[np.bool_]:
    """The groups that tantivy is asked for: one flag for each. Those that add least together are left out."""
    flags, order = np.ones(len(scorer.ids), np.bool_), np.argsort(scorer.most, kind="stable")
    flags[order[np.cumsum(scorer.most[order]) <= _LIGHT * scorer.most.sum()]] = False
    return flags


def _least_uplift(recipe: Recipe) -> float:
    """tantivy counts a title's terms like a body's: what the recipe's weights may make of that, at most."""
    if recipe.title_weight <= recipe.body_weight:
        return 1.0
    return recipe.title_weight / recipe.body_weight if recipe.body_weight else inf


def _proposal_weights(scorer: RowScorer) -> dict[str, float]:
    """Factors for tantivy's term scores, so that they carry the generation's IDF instead of the segment's.

    Each alternative has the IDF of its group. tantivy adds what they saturate to, which is never less than what their
    sum does, so it proposes a row of several alternatives a little early.
    """
    index, weights = scorer.index, scorer.query.weights
    proposals: dict[str, float] = defaultdict(float)
    for group in scorer.ids:
        for term in group:
            if frequency := index.document_frequency(term):
                proposals[term] += weights[group] / inverse_document_frequency(index.rows, frequency)
    return proposals


def _kth_best(scores: Float64, k: int) -> float:
    return float(np.partition(scores, -k)[-k]) if 0 < k <= len(scores) else -inf


def _best(readers: Sequence[_Reader], k: int, name: Name | None) -> tuple[Rows, Rows, Float64]:
    positions = np.repeat(np.arange(len(readers)), [len(reader.rows) for reader in readers])
    rows = np.concatenate([np.empty(0, np.int64), *(reader.rows for reader in readers)])
    scores: NDArray[np.float64] = np.concatenate([np.empty(0), *(reader.scores for reader in readers)])
    best = best_places(positions, rows, scores, k, name)
    return positions[best], rows[best], scores[best]
