"""A search under way: what the stages of the query path (engine/query/pipeline.py) have found so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.fusion.ranking import Scored
from engine.protocols import Reranker
from engine.query.legs import Retrieved
from engine.query.ranking import Ranking
from engine.query.request import Request
from engine.query.timing import Timings
from engine.recipe import Recipe
from engine.rerank.memory import RerankScore
from engine.types import FacetCount, RowId, StageName


@dataclass(slots=True)
class Search:
    """`recipe` is the collection's as the request changes it; `arrived` is `time.monotonic()` when the request came."""

    request: Request
    recipe: Recipe
    timings: Timings
    arrived: float
    found: Retrieved
    rows: Mapping[str, RowId] = field(default_factory=dict)
    stages: dict[StageName, Sequence[Scored]] = field(default_factory=dict)
    tail: Mapping[str, RowId] = field(default_factory=dict)
    facets: Mapping[str, tuple[FacetCount, ...]] = field(default_factory=dict)
    rerank_scores: Mapping[str, RerankScore] = field(default_factory=dict)
    reranks: bool = False
    degraded: list[str] = field(default_factory=list)
    lexical_limit: float = 0.0
    boosts: Mapping[RowId, float] = field(default_factory=dict)  # what rules added to the scores
    pinned: frozenset[RowId] = frozenset()  # passages that a rule puts first

    def models(self, encoder: str | None, reranker: Reranker | None) -> dict[str, str]:
        """Names of those that had a part in the ranking, by role."""
        took_part = {"encoder": encoder if self.found.vector is not None else None}
        took_part["reranker"] = reranker.name if reranker is not None and self.rerank_scores else None
        return {role: name for role, name in took_part.items() if name}

    def ranking(self) -> Ranking:
        return Ranking(
            stages=dict(self.stages),
            final="rerank" if "rerank" in self.stages else "fusion",
            rows=self.rows,
            timings_ms=self.timings.so_far(),
            degraded=tuple(self.degraded),
            judged={key: score.score for key, score in self.rerank_scores.items()},
            lexical_limit=self.lexical_limit,
            evidence={key: score.evidence for key, score in self.rerank_scores.items() if score.evidence},
            tail=self.tail,
            exact=self.found.exact.held,
        )
