"""A second reading: other passages of the first hits' documents, the best of which may be shown in place of the first.

A leg's best passage of a document is often an introduction or a summary, which has the question's words and not its
answer. So of the first hits those passages are read too that both legs score nearly as high, and where the reranker
clearly prefers one, the hit is shown by it. The order stays as the first reading made it: reordering by the better
passage helped some of the development collections and harmed others (benchmarks/RESULTS.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from engine.query.frozen import Entry
from engine.query.ranking import Ranking
from engine.query.state import Search
from engine.rerank.memory import RerankScore
from engine.types import RowId

HITS = 5  # the first ones, which people look at
CLEARLY = 0.3  # by how much a reranker's score must be higher: a third of a logit

Rivals = Callable[[Sequence[RowId]], Mapping[RowId, Sequence[RowId]]]
Judge = Callable[[Sequence[RowId]], Sequence[RerankScore] | None]


def read_again(
    search: Search, ranking: Ranking, entries: list[Entry], rivals: Rivals, judge: Judge
) -> tuple[Ranking, list[Entry]]:
    """The ranking and its entries, where each of the first hits stands for its document by the passage that the
    reranker clearly prefers.

    `rivals` names the other passages worth reading of each passage's document, `judge` reads as many of those given as
    it can in time.
    """
    shown = _shown(search, ranking, entries)
    others = rivals(list(shown)) if shown else {}
    asked = [row for first in shown for row in others.get(first, ())]
    if not asked:
        return ranking, entries
    scores = dict(zip(asked, judge(asked) or (), strict=False))
    better: dict[RowId, RowId] = {}
    for first, key in shown.items():
        known = [row for row in others.get(first, ()) if row in scores]
        best = max(known, key=lambda row: scores[row].score, default=first)
        if best != first and scores[best].score > ranking.judged[key] + CLEARLY:
            better[first] = best
    if not better:
        return ranking, entries
    spans = {shown[first]: scores[best].evidence for first, best in better.items()}
    kept = {key: span for key, span in ranking.evidence.items() if key not in spans}
    return (
        replace(
            ranking,
            rows={key: better.get(row, row) for key, row in ranking.rows.items()},
            evidence=kept | {key: span for key, span in spans.items() if span},
            boosts={better.get(row, row): boost for row, boost in ranking.boosts.items()},
        ),
        [replace(entry, row=better.get(entry.row, entry.row)) for entry in entries],
    )


def reads_again(search: Search) -> bool:
    """Whether a search's hits are documents that were reranked, with time left for more."""
    return bool(search.request.collapse and "rerank" in search.stages and "rerank:budget" not in search.degraded)


def _shown(search: Search, ranking: Ranking, entries: Sequence[Entry]) -> dict[RowId, str]:
    """The passages of the first hits, and their keys: of documents that were read, less those that a rule put first or
    that hold what was asked for to the letter.
    """
    if not reads_again(search):
        return {}
    keys = {row: key for key, row in ranking.rows.items()}
    first = [entry.row for entry in entries[: min(HITS, search.request.k)] if entry.row not in search.pinned]
    read = {row: keys[row] for row in first if keys.get(row) in ranking.judged}
    return {row: key for row, key in read.items() if key not in ranking.exact}
