"""The query path's intermediate result: every stage's whole list, which pages are cut from and benchmarks read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.fusion.ranking import Scored
from engine.types import RowId, StageName, StageScore


@dataclass(frozen=True, slots=True)
class Ranking:
    """`stages` holds each stage's list of (key, score), best first, where the key is a document id when hits are
    collapsed by document and a chunk id when not; `final` names the stage that settled the order; `rows` is the
    passage that stands for each key. `judged` are the reranker's own scores of what it saw, `evidence` the spans of
    long passages that it found best;
    `lexical_limit` is what no lexical score can exceed, 0 where nobody asked for it. `tail` is what deeper legs found
    beyond the candidates, in order: it is never reranked, and counts as no candidate. `exact` is what keys hold
    of the query's rare identifiers, `boosts` what rules of the collection added to the score of a passage.
    """

    stages: Mapping[StageName, Sequence[Scored]]
    final: StageName
    rows: Mapping[str, RowId]
    timings_ms: Mapping[str, float]
    degraded: tuple[str, ...]
    judged: Mapping[str, float] = field(default_factory=dict)
    lexical_limit: float = 0.0
    evidence: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    tail: Mapping[str, RowId] = field(default_factory=dict)
    exact: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    boosts: Mapping[RowId, float] = field(default_factory=dict)

    def places(self) -> dict[str, dict[StageName, StageScore]]:
        """Rank and score of each key at every stage that listed it."""
        places: dict[str, dict[StageName, StageScore]] = {}
        for stage, scored in self.stages.items():
            for rank, (key, score) in enumerate(scored, start=1):
                places.setdefault(key, {})[stage] = StageScore(rank, score)
        return places
