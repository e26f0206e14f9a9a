"""The two retrievers of the query path, each giving a list at the level at which hits are ranked."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.fusion.balance import balance
from engine.fusion.ranking import Scored
from engine.lexical.query import LexicalQuery
from engine.lexical.search import search_lexical
from engine.query.exact import NOTHING_EXACT, Exact
from engine.query.order import fuse, with_estimates, with_matches
from engine.query.reading import Reading
from engine.query.request import Mode
from engine.recipe import Recipe
from engine.store.generation import Generation
from engine.types import Balance, Float32, Masks, QueryReading, RowId
from engine.vectors.oversampling import usual_oversampling
from engine.vectors.search import BinaryScan, search_dense

Search = Callable[[int], list[tuple[RowId, float]]]  # the k best rows, best first

_MOST_AT_FIRST = 4  # rows per document wanted that a leg begins with, where documents have many passages


@dataclass(frozen=True, slots=True)
class Leg:
    """One retriever's list: distinct keys (document or chunk ids), best first, each with its best row and score."""

    keys: tuple[str, ...]
    rows: tuple[RowId, ...]
    scores: tuple[float, ...]

    @property
    def scored(self) -> list[Scored]:
        return list(zip(self.keys, self.scores, strict=True))


NOTHING = Leg((), (), ())


@dataclass(frozen=True, slots=True)
class Retrieved:
    """Results of the legs for a parsed query; a leg that `mode` leaves out found NOTHING.

    `masks` are the rows that any leg may return, per segment; `vector` is the query's embedding, None where
    the dense leg is off. `reading` says how the query was read, `exact` which passages hold its identifiers.
    `unembedded` are keys of the lexical leg whose passages have no vectors yet. `overloaded`: the encoder had too much
    to do, so `mode` is "lexical" where both legs were asked for. `matches` says how well the tokens of the first fused
    passages match, by key (engine/query/passages/token_matches.py).
    """

    query: LexicalQuery
    lexical: Leg
    dense: Leg
    masks: Masks
    mode: Mode
    vector: Float32 | None
    reading: Reading | None = None
    exact: Exact = NOTHING_EXACT
    unembedded: frozenset[str] = frozenset()
    overloaded: bool = False
    matches: Mapping[str, float] = field(default_factory=dict)

    @property
    def query_reading(self) -> QueryReading:
        """The answer's account of how the query was read."""
        if self.reading is None:
            return QueryReading()
        return QueryReading(
            searched_for=self.reading.text if self.reading.corrections else None,
            corrections=self.reading.corrections,
            nowhere=self.reading.nowhere,
            as_words=self.query.as_words,
            synonyms=self.query.synonyms,
        )

    def fused(self, recipe: Recipe) -> list[Scored]:
        """One list of both legs, what holds an identifier first; the only leg with its own scores."""
        if self.mode == "hybrid":
            dense = with_estimates(self.dense.scored, self.lexical.scored, self.unembedded)
            return self.exact.first(with_matches(fuse(self.lexical.scored, dense, recipe), self.matches, recipe))
        return self.exact.first(self.lexical.scored if self.mode == "lexical" else self.dense.scored)

    def balance(self, recipe: Recipe) -> Balance | None:
        """How `fused` weighed the legs; None where there is one only."""
        if self.mode != "hybrid":
            return None
        return balance(self.lexical.scored, self.dense.scored, recipe.fusion, recipe.dense_weight)


@dataclass(frozen=True, slots=True)
class Retriever:
    """Searches a generation's allowed rows for `wanted` distinct documents, or chunks where not `collapse`."""

    generation: Generation
    masks: Masks
    recipe: Recipe
    wanted: int
    collapse: bool

    def lexical(self, query: LexicalQuery) -> Leg:
        segments = [segment.lexical for segment in self.generation.segments]
        statistics = self.generation.statistics
        name = self.generation.chunk_id
        return self.leg(lambda k: search_lexical(segments, query, statistics, self.recipe, k, self.masks, name))

    @property
    def _at_first(self) -> int:
        """How many rows a leg asks for at first: mostly enough for the documents that are wanted."""
        living = self.generation.manifest.living
        passages = living.chunks / living.documents if self.collapse and living.documents else 1.0
        return math.ceil(self.wanted * min(max(passages, 1.0), _MOST_AT_FIRST))

    def unembedded(self, leg: Leg) -> frozenset[str]:
        """The keys of a leg whose passages have no vectors yet."""
        entries = self.generation.manifest.segments
        pairs = zip(leg.keys, leg.rows, strict=True)
        return frozenset(key for key, row in pairs if not entries[row.segment].embedded)

    def dense(self, vector: Float32, scan: BinaryScan) -> Leg:
        """`vector` is the query's embedding, shape (d,)."""
        embedded = [place for place, segment in enumerate(self.generation.segments) if segment.entry.embedded]
        segments = [self.generation.segments[place].vectors for place in embedded]
        masks = [self.masks[place] for place in embedded]
        oversampling = self.recipe.oversampling or usual_oversampling(self.generation.statistics.chunk_count)

        def name(row: RowId) -> str:
            return self.generation.chunk_id(RowId(embedded[row.segment], row.row))

        def search(k: int) -> list[tuple[RowId, float]]:
            found = search_dense(segments, vector, k, oversampling=oversampling, allowed=masks, scan=scan, name=name)
            if len(embedded) == len(self.generation.segments):
                return found  # their places are the generation's own
            return [(RowId(embedded[row.segment], row.row), score) for row, score in found]

        return self.leg(search)

    def leg(self, search: Search) -> Leg:
        """Search deeper and deeper until enough is found: a document's many chunks must not crowd others out."""
        k = self._at_first
        while True:
            found = search(k)
            best = self._distinct(found)
            if len(best) >= self.wanted or len(found) < k:
                break
            k *= 2
        rows = tuple(row for row, _ in best)
        return Leg(tuple(self.keys(rows)), rows, tuple(score for _, score in best))

    def keys(self, rows: Sequence[RowId]) -> list[str]:
        """The ids of the documents that rows belong to, or of the chunks where not `collapse`."""
        return self.generation.document_ids(rows) if self.collapse else list(map(self.generation.chunk_id, rows))

    def _distinct(self, found: Sequence[tuple[RowId, float]]) -> list[tuple[RowId, float]]:
        """The first row of each hit, as many as are wanted. Hits are told apart by numbers: of their keys only those of
        the kept ones are read.
        """
        documents = self.generation.document_rows([row for row, _ in found]) if self.collapse else ()
        best: dict[tuple[int, int], tuple[RowId, float]] = {}
        for place, (row, score) in enumerate(found):
            best.setdefault((row.segment, documents[place] if documents else row.row), (row, score))
            if len(best) == self.wanted:
                break
        return list(best.values())


def representatives(lexical: Leg, dense: Leg) -> dict[str, RowId]:
    """The passage that stands for each key: the lexical leg's, where that leg has the key; it was put there by
    engine/query/passages/row_scores.py.
    """
    legs = (dense, lexical)
    return {key: row for leg in legs for key, row in zip(leg.keys, leg.rows, strict=True)}
