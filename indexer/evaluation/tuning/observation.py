"""The record of one query: both legs' lists and the reranker's scores, enough to rank by any recipe."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from engine.errors import UsageError
from engine.fusion.ranking import Scored
from engine.query.exact import NOTHING_EXACT, Exact
from engine.query.legs import Leg, representatives
from engine.query.order import fuse, reorder
from engine.query.ranking import Ranking
from engine.recipe import Recipe
from engine.types import RowId, StageName
from engine.vectors.codecs import Int8
from indexer.evaluation.tuning.space import bm25_key


@dataclass(frozen=True, slots=True)
class Observation:
    """`words` is the text without operators, as the models read it; `lexical` and `limits` (what BM25 cannot exceed)
    go by `bm25_key`; `exact` is what holds the query's identifiers; `judged` are the reranker's scores of passages,
    `codes` their int8 codes.
    """

    query: str
    text: str
    words: str
    dense: Leg
    lexical: Mapping[str, Leg]
    limits: Mapping[str, float]
    judged: Mapping[RowId, float] = field(default_factory=dict)
    codes: Mapping[RowId, bytes] = field(default_factory=dict)
    exact: Exact = NOTHING_EXACT

    def to_json(self) -> dict[str, Any]:
        return {
            "query": self.query,
            "text": self.text,
            "words": self.words,
            "dense": _leg_to_json(self.dense),
            "lexical": {key: _leg_to_json(leg) for key, leg in self.lexical.items()},
            "limits": dict(self.limits),
            "exact": _exact_to_json(self.exact),
            "codes": [[row.segment, row.row, b64encode(code).decode()] for row, code in self.codes.items()],
            "judged": [[row.segment, row.row, score] for row, score in self.judged.items()],
        }

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Observation:
        return Observation(
            data["query"],
            data["text"],
            data["words"],
            _leg_from_json(data["dense"]),
            {key: _leg_from_json(leg) for key, leg in data["lexical"].items()},
            data["limits"],
            {RowId(segment, row): score for segment, row, score in data["judged"]},
            {RowId(segment, row): b64decode(code) for segment, row, code in data.get("codes", ())},
            _exact_from_json(data["exact"]),
        )

    def without(self, documents: frozenset[str]) -> Observation:
        """The observation as if these documents were not there (statistics aside, and nothing moves up to fill the
        lists).
        """
        return replace(
            self,
            dense=_without(self.dense, documents),
            lexical={key: _without(leg, documents) for key, leg in self.lexical.items()},
            exact=_exact_without(self.exact, documents),
        )


class Replay:
    """Ranks one observed query by any recipe, exactly as `Searcher.rank` would. Fused lists are kept for reuse."""

    def __init__(self, observation: Observation) -> None:
        self._observation = observation
        self._fused: dict[tuple[str, str, float], list[Scored]] = {}
        self._rows: dict[str, dict[str, RowId]] = {}

    def fused(self, recipe: Recipe) -> list[Scored]:
        """The list of both legs. UsageError where the recipe weighs tokens, of which nothing was observed."""
        if recipe.token_weight:
            raise UsageError("Recipes with a token_weight cannot be replayed.", "Measure it by `winnow bench run`.")
        key = (bm25_key(recipe), recipe.fusion, recipe.dense_weight)
        if key not in self._fused:
            observation = self._observation
            fused = fuse(observation.lexical[key[0]].scored, observation.dense.scored, recipe)
            self._fused[key] = observation.exact.first(fused)
        return self._fused[key]

    def head(self, recipe: Recipe) -> list[RowId]:
        """The passages that a reranker reads under this recipe, in order; none where it does not rerank."""
        if recipe.rerank == "none":
            return []
        rows = self._representatives(recipe)
        return [rows[key] for key, _ in self.fused(recipe)[: recipe.rerank_depth]]

    def order(self, recipe: Recipe) -> list[Scored]:
        """The final list."""
        fused, head = self.fused(recipe), self.head(recipe)
        return self._reordered(fused, head, recipe) if head else fused

    def ranking(self, recipe: Recipe) -> Ranking:
        """All stages."""
        key, fused, head = bm25_key(recipe), self.fused(recipe), self.head(recipe)
        stages: dict[StageName, list[Scored]] = {
            "lexical": self._observation.lexical[key].scored,
            "dense": self._observation.dense.scored,
            "fusion": fused,
        }
        judged: dict[str, float] = {}
        if head:
            stages["rerank"] = self._reordered(fused, head, recipe)
            judged = {name: float(score) for (name, _), score in zip(fused, self._scores(head), strict=False)}
        final: StageName = "rerank" if head else "fusion"
        rows = self._representatives(recipe)
        return Ranking(stages, final, rows, {}, (), judged, self._observation.limits[key])

    def _reordered(self, fused: list[Scored], head: list[RowId], recipe: Recipe) -> list[Scored]:
        return self._observation.exact.first(reorder(fused, self._scores(head), self._codes(head), recipe))

    def _scores(self, head: list[RowId]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.array([self._observation.judged[row] for row in head], dtype=np.float64)

    def _codes(self, head: list[RowId]) -> Int8:
        return np.array([np.frombuffer(self._observation.codes[row], np.int8) for row in head])

    def _representatives(self, recipe: Recipe) -> dict[str, RowId]:
        key = bm25_key(recipe)
        if key not in self._rows:
            observation = self._observation
            best = representatives(observation.lexical[key], observation.dense)
            self._rows[key] = observation.exact.passages(best)
        return self._rows[key]


def _leg_to_json(leg: Leg) -> list[list[Any]]:
    rows = zip(leg.keys, leg.rows, leg.scores, strict=True)
    return [[key, row.segment, row.row, score] for key, row, score in rows]


def _leg_from_json(entries: list[list[Any]]) -> Leg:
    return _leg([(key, RowId(segment, row), score) for key, segment, row, score in entries])


def _exact_to_json(exact: Exact) -> dict[str, Any]:
    rows = {key: [[row.segment, row.row] for row in own] for key, own in exact.rows.items()}
    return {"held": dict(exact.held), "strength": dict(exact.strength), "rows": rows}


def _exact_from_json(data: Mapping[str, Any]) -> Exact:
    return Exact(
        {key: tuple(texts) for key, texts in data["held"].items()},
        data["strength"],
        {key: tuple(RowId(segment, row) for segment, row in own) for key, own in data["rows"].items()},
    )


def _exact_without(exact: Exact, documents: frozenset[str]) -> Exact:
    def kept(of: Mapping[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in of.items() if key not in documents}

    return Exact(kept(exact.held), kept(exact.strength), kept(exact.rows))


def _without(leg: Leg, documents: frozenset[str]) -> Leg:
    entries = zip(leg.keys, leg.rows, leg.scores, strict=True)
    return _leg([entry for entry in entries if entry[0] not in documents])


def _leg(entries: list[tuple[str, RowId, float]]) -> Leg:
    return Leg(
        tuple(key for key, _, _ in entries),
        tuple(row for _, row, _ in entries),
        tuple(score for _, _, score in entries),
    )
