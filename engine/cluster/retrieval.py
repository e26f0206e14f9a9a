"""The first half of the query path over shards: each finds its best rows, and what a single machine would have found is
made of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.cluster.generation import ClusterGeneration
from engine.cluster.scope import Scope, statistics_for
from engine.cluster.shard import FINER, Found
from engine.fusion.ties import best_rows
from engine.lexical.identifiers import Identifier
from engine.lexical.query import LexicalQuery
from engine.protocols import TokenCounter
from engine.query.exact import Exact, Holder, Holders, exact_of, most_documents
from engine.query.legs import Leg, Retrieved, Retriever
from engine.query.reading import Reader
from engine.query.request import Request
from engine.query.retrieval import Retrieval
from engine.recipe import Recipe
from engine.types import Float32, Masks, RowId
from engine.vectors.first_pass import BinaryScan
from engine.vectors.oversampling import usual_oversampling


@dataclass(frozen=True, slots=True)
class ClusterReader(Reader):
    """Reads queries with what shards know of the documents."""

    cluster: ClusterGeneration

    def is_flag(self, word: str) -> bool:
        return any(self.cluster.session.each("writes_flag", word, self._languages).values())

    def has_identifier(self, word: str) -> bool:
        return any(self.cluster.session.each("holds_identifier", word, self._languages).values())


@dataclass(frozen=True, slots=True)
class Gatherer(Retriever):
    """Searches all shards' allowed rows."""

    cluster: ClusterGeneration

    def lexical(self, query: LexicalQuery) -> Leg:
        def search(k: int) -> list[tuple[RowId, float]]:
            return self._best(self.cluster.session.each("lexical", self.masks, self.recipe, k), k)

        return self.leg(search)

    def dense(self, vector: Float32, scan: BinaryScan) -> Leg:
        """Each shard scans as its own settings say."""
        oversampling = self.recipe.oversampling or usual_oversampling(self.cluster.statistics.chunk_count)

        def search(k: int) -> list[tuple[RowId, float]]:
            answers = self.cluster.session.each("dense", self.masks, vector, k, oversampling)
            return self._best(answers, k, k * oversampling)

        return self.leg(search)

    def keys(self, rows: Sequence[RowId]) -> list[str]:
        self.cluster.know(rows)
        return Retriever.keys(self, rows)

    def _best(self, answers: Mapping[int, Found], k: int, kept: int | None = None) -> list[tuple[RowId, float]]:
        """The k best rows of all shards, of the dense leg those among the `kept` nearest."""
        places = self.cluster.session.places
        positions, rows, scores, documents = [_NONE], [_NONE], [np.empty(0)], [_NONE]
        for (shard, found), chosen in zip(answers.items(), _near(list(answers.values()), kept), strict=True):
            positions.append(np.array(places.positions(shard), np.int64)[found.segments[chosen]])
            rows.append(found.rows[chosen])
            scores.append(found.scores[chosen].astype(np.float64))
            documents.append(found.documents[chosen].astype(np.int64))
            self.cluster.note(card._replace(row=places.whole(shard, card.row)) for card in found.cards)
        here, there = np.concatenate(positions), np.concatenate(rows)
        best = best_rows(here, there, np.concatenate(scores), k, self.cluster.chunk_id)
        owners = dict(
            zip(zip(here.tolist(), there.tolist(), strict=True), np.concatenate(documents).tolist(), strict=True)
        )
        self.cluster.note_documents((row, owners[row.segment, row.row]) for row, _ in best)
        return best


_NONE = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class ClusterRetrieval(Retrieval):
    """Finds candidates in all shards."""

    cluster: ClusterGeneration

    @property
    def reader(self) -> Reader:
        tokens: TokenCounter = self.encoder.tokens
        return ClusterReader(self.cluster, tokens, self.cluster)

    def masks(self, query: LexicalQuery, request: Request) -> Masks:
        return Scope.of(query, request, self.cluster.statistics)

    def finds(self, query: LexicalQuery, masks: Masks, recipe: Recipe) -> bool:
        statistics = statistics_for(query, self.cluster.statistics)
        return any(self.cluster.session.each("finds", masks, query, statistics, recipe).values())

    def exact(self, wanted: Sequence[Identifier], masks: Masks, *, alone: bool, collapse: bool) -> Exact:
        if not wanted:
            return exact_of({})
        most = most_documents(alone)
        answers = self.cluster.session.each("holders", masks, wanted, most)
        return exact_of({identifier.text: self._together(identifier.text, answers, most) for identifier in wanted})

    def retriever(self, masks: Masks, recipe: Recipe, wanted: int, collapse: bool) -> Retriever:
        return Gatherer(self.cluster, masks, recipe, wanted, collapse, self.cluster)

    def both_scores(self, rows: Sequence[RowId], found: Retrieved, recipe: Recipe) -> Mapping[RowId, float]:
        scores: dict[RowId, float] = {}
        asked = self.cluster.session.at(rows, "both_scores", found.masks, recipe, found.vector)
        for here, there, given in asked:
            scores |= {row: given[own] for row, own in zip(here, there, strict=True)}
        return scores

    def beginnings(self, rows: Mapping[str, RowId], request: Request) -> dict[str, RowId]:
        if not request.collapse:
            return dict(rows)
        first: dict[RowId, RowId] = {}
        for here, _, starts in self.cluster.session.at(rows.values(), "beginnings"):
            for row, start in zip(here, starts, strict=True):
                first[row] = RowId(row.segment, start.row)
        return {key: first[row] for key, row in rows.items()}

    def _together(self, text: str, answers: Mapping[int, Mapping[str, Holders | None]], most: int) -> Holders | None:
        """Holders of an identifier in all shards; None where they are too many."""
        documents, passages = 0, list[Holder]()
        for shard, answer in answers.items():
            holders = answer[text]
            if holders is None:
                return None
            documents += holders.documents
            whole = self.cluster.session.places.whole
            passages += [Holder(held.key, whole(shard, held.row), held.strength) for held in holders.passages]
        if documents > most:
            return None
        return Holders(documents, tuple(sorted(passages, key=lambda held: (held.row.segment, held.row.row))))


def _near(found: Sequence[Found], kept: int | None) -> list[NDArray[np.bool_] | slice]:
    """The part of each shard's rows that the first pass over all of them keeps: the `kept` nearest, those that are as
    near as the last of them, and what an index has chosen by something finer. All rows of the lexical leg.
    """
    distances = [one.distances for one in found if one.distances is not None]
    if kept is None or not distances:
        return [slice(None)] * len(found)
    known = np.concatenate(distances)
    known = known[known != FINER]
    last = np.partition(known, kept - 1)[kept - 1] if 0 < kept < len(known) else np.iinfo(np.int32).max
    return [one <= last for one in distances]
