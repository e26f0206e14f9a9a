"""Reciprocal rank fusion. Cormack, Clarke, Buettcher: "Reciprocal Rank Fusion outperforms Condorcet", SIGIR 2009."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.fusion.ranking import Scored, ranked

K = 60  # the paper's constant


def fuse(legs: Mapping[str, Sequence[Scored]], weights: Mapping[str, float]) -> list[Scored]:
    """Sum over the legs of `weight / (60 + rank)`."""
    totals: dict[str, float] = {}
    for leg, scored in legs.items():
        for rank, (key, _) in enumerate(scored, start=1):
            totals[key] = totals.get(key, 0.0) + weights[leg] / (K + rank)
    return ranked(totals)
