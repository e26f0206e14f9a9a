"""Why a document is not on the page: the first stage that dropped it, and what it lacked there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.lexical.query import LexicalQuery
from engine.lexical.search import constraint_mask
from engine.query.frozen import Entry
from engine.query.legs import Leg, Retrieved
from engine.query.ranking import Ranking
from engine.query.request import Request
from engine.recipe import Recipe
from engine.store.generation import Generation
from engine.types import DroppedBy, RowId, StageName, WhyNot


@dataclass(frozen=True, slots=True)
class Explainer:
    """A search that was made, and `entries`, its frozen ranking."""

    generation: Generation
    request: Request
    found: Retrieved
    ranking: Ranking
    entries: Sequence[Entry]
    recipe: Recipe

    def explain(self, document: str) -> WhyNot:
        place = self.generation.find(document)
        if place is None:
            return self._not_alive(document)
        rows = self.generation.chunk_rows(*place)
        if document in self.generation.manifest.curation.hidden_for(self.request.query):
            return WhyNot(document, "hidden", "A rule of the collection hides it (`winnow curate`).")
        if not self.generation.allowed(self.found.masks, rows):
            return self._not_allowed(document, rows)
        scores, best = self._scores(rows)
        keys = [document] if self.request.collapse else [self.generation.chunk_id(row) for row in rows]
        order = {key: rank for rank, (key, _) in enumerate(self.ranking.stages["fusion"], start=1)}
        listed = sorted((key for key in keys if key in order), key=order.__getitem__)
        stages = {} if not listed else self.ranking.places()[min(listed, key=self._final_rank)]
        scores |= {stage: place.score for stage, place in stages.items()}
        rank, twin = self._shown_rank({best, *rows})
        dropped, message, needed = self._dropped_by(listed, stages, scores, rank)
        if twin is not None and rank is not None and rank <= self.request.k:
            message = (
                f"It is a near-duplicate of {self.generation.document_id(twin)!r}, and listed below it at rank {rank}."
            )
            dropped = "twin"
        chunk, whole = self.generation.chunk(best)
        places = self.generation.places(best, whole, chunk.start, chunk.end)
        return WhyNot(document, dropped, message, scores, needed, stages, rank, places)

    def _dropped_by(
        self,
        listed: Sequence[str],
        stages: Mapping[StageName, object],
        scores: Mapping[StageName, float],
        rank: int | None,
    ) -> tuple[DroppedBy, str, dict[StageName, float]]:
        """The stage, a sentence, and the scores that it lacked."""
        if rank is not None and rank <= self.request.k:
            return "none", f"It is on the page, at rank {rank}.", {}
        if not listed and rank is None:
            needed = self._least_candidates()
            return "candidates", _candidates_message(scores, needed), needed
        if listed and rank is None:
            least = self.request.min_relevance
            return "relevance", f"It is less probably relevant than {least}, the least that was asked for.", {}
        depth = len(self.ranking.judged)
        if self.ranking.final == "rerank" and not any(key in self.ranking.judged for key in listed):
            fused = self.ranking.stages["fusion"]
            needed = {"fusion": fused[min(depth, len(fused)) - 1][1]}
            return "rerank", f"It was not reranked, only the first {depth} of the fused list were; rank {rank}.", needed
        last = self.entries[min(self.request.k, len(self.entries)) - 1].score
        message = f"It has rank {rank}; the page ends at {self.request.k}."
        return "page", message, {} if self.request.sort else {self.ranking.final: last}

    def _not_alive(self, document: str) -> WhyNot:
        if self.generation.was_deleted(document):
            return WhyNot(document, "deleted", "It was deleted, or has no text in this generation.")
        return WhyNot(document, "unknown", "The collection has no document with this id.")

    def _not_allowed(self, document: str, rows: Sequence[RowId]) -> WhyNot:
        if not rows:
            return WhyNot(document, "candidates", "It has no text that could be found.")
        if not self.obeys(rows):
            message = "It lacks a phrase or title word that the query requires, or holds a word that it excludes."
            return WhyNot(document, "constraint", message)
        return WhyNot(document, "filter", "It does not pass the filters.")

    def obeys(self, rows: Sequence[RowId]) -> bool:
        """Whether one of a document's rows obeys the query's phrases and exclusions."""
        return obeys(self.generation, rows, self.found.query, bool(self.request.collapse))

    def _scores(self, rows: Sequence[RowId]) -> tuple[dict[StageName, float], RowId]:
        """Scores of the document's best passages by the legs that were run, and one of these passages."""
        segment, numbers = rows[0].segment, np.array([row.row for row in rows], np.int64)
        scores: dict[StageName, float] = {}
        best = rows[0]
        if self.found.mode != "dense":
            lexical = self.generation.lexical_scores(segment, numbers, self.found.query, self.recipe)
            scores["lexical"], best = float(lexical.max()), rows[int(lexical.argmax())]
        dense = self.generation.dense_scores(segment, numbers, self.found.vector)
        if dense is not None:
            scores["dense"], best = float(dense.max()), rows[int(dense.argmax())]
        return scores, best

    def _least_candidates(self) -> dict[StageName, float]:
        """Score of the last candidate of each leg."""
        legs: dict[StageName, Leg] = {"lexical": self.found.lexical, "dense": self.found.dense}
        return {name: leg.scores[-1] for name, leg in legs.items() if leg.scores}

    def _final_rank(self, key: str) -> int:
        return next(rank for rank, (name, _) in enumerate(self.ranking.stages[self.ranking.final]) if name == key)

    def _shown_rank(self, rows: set[RowId]) -> tuple[int | None, RowId | None]:
        """The document's rank in the frozen ranking, from 1; and the hit that it is a near-duplicate of, if it is."""
        for rank, entry in enumerate(self.entries, start=1):
            if entry.row in rows:
                return rank, None
            if not rows.isdisjoint(entry.twins):
                return rank, entry.row
        return None, None


def obeys(generation: Generation, rows: Sequence[RowId], query: LexicalQuery, collapse: bool) -> bool:
    """Whether one of the rows, which are of one segment, obeys the query's phrases and exclusions."""
    segment = generation.segments[rows[0].segment]
    allowed = constraint_mask(segment.lexical, query, segment.document_rows if collapse else None)
    return allowed is None or bool(allowed[[row.row for row in rows]].any())


def _candidates_message(scores: Mapping[StageName, float], needed: Mapping[StageName, float]) -> str:
    parts = []
    for stage, score in scores.items():
        if stage == "lexical" and score == 0.0:
            parts.append("it holds no word of the query")
        elif stage in needed and score < needed[stage]:
            parts.append(f"its {stage} score is {score:.3f}, the last candidate has {needed[stage]:.3f}")
        elif stage == "dense":
            parts.append(f"its dense score of {score:.3f} would do, but the binary first pass missed it")
        else:
            parts.append(f"its {stage} score is {score:.3f}, and more documents than are kept have that")
    return "No leg lists it: " + "; ".join(parts) + "."
