"""The frozen ranking: what pages are cut from, so that they neither repeat nor skip a hit.

It is the final order (reranked candidates, then the candidates that were not reranked), and where a cursor or a sort is
asked for, what deeper legs found after it. Page 1 is thus the answer without paging, and stays it on every page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.query.legs import Leg, representatives
from engine.query.ranking import Ranking
from engine.types import RowId

DEPTH = 1000  # hits that a frozen ranking holds at most


@dataclass(frozen=True, slots=True)
class Entry:
    """One hit of a frozen ranking. The tail has no score of its own: it has the last candidate's. `twins` are the hits
    that were folded into it (engine/query/alike/folding.py).
    """

    row: RowId
    score: float
    relevance: float | None = None
    twins: tuple[RowId, ...] = ()


def frozen(ranking: Ranking, relevance: Mapping[str, float], least: float | None) -> list[Entry]:
    """All hits in order, those of the tail last. With a `least` relevance only what has it, and what has none because
    it holds exactly what was asked for; all where, the reranker having failed, none is known.
    """
    scored = ranking.stages[ranking.final]
    if least is not None and relevance:
        kept = [(key, score) for key, score in scored if relevance.get(key, least) >= least]
        return [Entry(ranking.rows[key], score, relevance.get(key)) for key, score in kept]
    entries = [Entry(ranking.rows[key], score, relevance.get(key)) for key, score in scored]
    last = entries[-1].score if entries else 0.0
    return entries + [Entry(row, last) for row in ranking.tail.values()]


def deeper(ranking_rows: Mapping[str, RowId], lexical: Leg, dense: Leg, order: Sequence[str]) -> dict[str, RowId]:
    """Entries that the deeper legs add to a ranking, in their fused `order`, up to DEPTH hits together."""
    rows = representatives(lexical, dense)
    added = [key for key in order if key not in ranking_rows]
    return {key: rows[key] for key in added[: max(DEPTH - len(ranking_rows), 0)]}
