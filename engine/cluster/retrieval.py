"""The first half of the query path over shards: each finds its best rows, and what a single machine would have found is
made of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engine.cluster.facts import Owners
from engine.cluster.generation import ClusterGeneration
from engine.cluster.scope import Scope, statistics_for
from engine.cluster.session import Question
from engine.cluster.shard import FINER, Found
from engine.fusion.ties import best_rows
from engine.lexical.query import LexicalQuery
from engine.protocols import TokenCounter
from engine.query.exact import Exact, Holder, Holders, exact_of, most_documents
from engine.query.legs import Leg, Retrieved, Retriever
from engine.query.reading import Reader
from engine.query.request import Request
from engine.query.retrieval import Retrieval
from engine.query.timing import Timings
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
    """Searches all shards' allowed rows. `first` has answers of the lexical leg that are there already, by how many
    rows were wanted.
    """

    cluster: ClusterGeneration
    first: dict[int, Mapping[int, Found]] = field(default_factory=dict)

    def lexical(self, query: LexicalQuery) -> Leg:
        def search(k: int) -> list[tuple[RowId, float]]:
            answers = self.first.get(k)
            return self._best(self._asked(k) if answers is None else answers, k)

        return self.leg(search)

    def asking(self, k: int | None = None) -> Question:
        """The question of the lexical leg, by default the first one."""
        return "lexical", (self.masks, self.recipe, self._at_first if k is None else k)

    def _asked(self, k: int) -> Mapping[int, Found]:
        operation, arguments = self.asking(k)
        return self.cluster.session.each(operation, *arguments)

    def ahead(self, answers: Mapping[int, Found]) -> None:
        """Note answers to the first question of the lexical leg."""
        self.first[self._at_first] = answers

    def dense(self, vector: Float32, scan: BinaryScan) -> Leg:
        """Each shard scans as its own settings say."""
        oversampling = self.recipe.oversampling or usual_oversampling(self.cluster.statistics.chunk_count)
        answers: dict[int, Found] = {}
        asked = 0

        def search(k: int) -> list[tuple[RowId, float]]:
            nonlocal answers, asked
            indexed = any(found.indexed for found in answers.values())
            if indexed or not _all_there(answers, asked * oversampling):
                asked = k
                answers = self.cluster.session.each("dense", self.masks, vector, k, oversampling)
            return self._best(answers, k, k * oversampling)

        return self.leg(search)

    def keys(self, rows: Sequence[RowId]) -> list[str]:
        self.cluster.know(rows)
        return Retriever.keys(self, rows)

    def _best(self, answers: Mapping[int, Found], k: int, kept: int | None = None) -> list[tuple[RowId, float]]:
        """The k best rows of all shards, of the dense leg those among the `kept` nearest."""
        positions, rows, scores = [_NONE], [_NONE], [np.empty(0)]
        documents, ordinals = [_NO_NUMBERS], [_NO_NUMBERS]
        for (shard, found), chosen in zip(answers.items(), _near(list(answers.values()), kept), strict=True):
            here = self.cluster.session.places.positions(shard)
            positions.append(np.array(here, np.int64)[found.segments[chosen]])
            rows.append(found.rows[chosen].astype(np.int64))
            scores.append(found.scores[chosen].astype(np.float64))
            documents.append(found.owners.documents[chosen])
            ordinals.append(found.owners.ordinals[chosen])
            self.cluster.facts.note_names(here, found.names)
        place, row, score = np.concatenate(positions), np.concatenate(rows), np.concatenate(scores)
        likely = _best_places(score, k)
        place, row, score = place[likely], row[likely], score[likely]
        ids = [RowId(*pair) for pair in zip(place.tolist(), row.tolist(), strict=True)]
        owners = Owners(np.concatenate(documents)[likely], np.concatenate(ordinals)[likely])
        self.cluster.facts.note_owners(ids, owners)
        self.cluster.know(ids[at] for at in _tied(score))
        return best_rows(place, row, score, k, self.cluster.chunk_id)


_NONE, _NO_NUMBERS = np.empty(0, np.int64), np.empty(0, np.int32)


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

    def words(self, retriever: Retriever, query: LexicalQuery, timings: Timings, *, exact: bool) -> tuple[Leg, Exact]:
        """The lexical leg and the holders of identifiers, by one question."""
        wanted, alone = self.identified(query)
        if not (exact and wanted and isinstance(retriever, Gatherer)):
            return Retrieval.words(self, retriever, query, timings, exact=False)
        most, session = most_documents(alone), self.cluster.session
        holders = "holders", (retriever.masks, wanted, most)
        with timings.stage("lexical"):
            answers = session.several(dict.fromkeys(session.answering, (holders, retriever.asking())))
            retriever.ahead({shard: found for shard, (_, found) in answers.items()})
            held = {shard: holders for shard, (holders, _) in answers.items()}
            leg = retriever.lexical(query)
        with timings.stage("exact"):
            texts = [identifier.text for identifier in wanted]
            return leg, exact_of({text: self._together(text, held, most) for text in texts})

    def retriever(self, masks: Masks, recipe: Recipe, wanted: int, collapse: bool) -> Retriever:
        return Gatherer(self.cluster, masks, recipe, wanted, collapse, self.cluster)

    def both_scores(self, rows: Sequence[RowId], found: Retrieved, recipe: Recipe) -> Mapping[RowId, float]:
        self._foresee(found, recipe)
        scores: dict[RowId, float] = {}
        for here, there, given in self.cluster.ask(rows, "both_scores", found.masks, recipe, found.vector):
            scores |= {row: given[own] for row, own in zip(here, there, strict=True)}
        return scores

    def rivals(self, rows: Sequence[RowId], found: Retrieved, recipe: Recipe) -> Mapping[RowId, Sequence[RowId]]:
        return self.cluster.rivals(rows, found.masks, recipe, found.vector)

    def _foresee(self, found: Retrieved, recipe: Recipe) -> None:
        """Foresee what is read of candidates, whichever of its two passages a document is represented by: all codes,
        to see which are near-duplicates, and texts for the reranker.
        """
        self.cluster.foresee("codes", [*found.lexical.rows, *found.dense.rows])
        if recipe.rerank != "none" and recipe.rerank_depth:
            legs = [dict(zip(leg.keys, leg.rows, strict=True)) for leg in (found.lexical, found.dense)]
            keys = [key for key, _ in found.fused(recipe)[: recipe.rerank_depth]]
            self.cluster.foresee("passages", [leg[key] for key in keys for leg in legs if key in leg])

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


def _all_there(answers: Mapping[int, Found], wanted: int) -> bool:
    """Whether shards have sent all rows that they have, since they have fewer than were wanted."""
    return bool(answers) and all(len(found.rows) < wanted for found in answers.values())


def _best_places(scores: NDArray[np.float64], k: int) -> NDArray[np.int64]:
    """Where the k best scores stand, and those that equal the last of them."""
    if k >= len(scores):
        return np.arange(len(scores))
    return np.flatnonzero(scores >= np.partition(scores, -k)[-k]) if k > 0 else _NONE


def _tied(scores: NDArray[np.float64]) -> list[int]:
    """Where scores stand that another equals."""
    _, group, times = np.unique(scores, return_inverse=True, return_counts=True)
    return np.flatnonzero(times[group] > 1).tolist()


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
