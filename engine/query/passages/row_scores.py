"""The legs' scores of chosen rows, whether or not they would have found them, which passage of a document they agree
on, and which others come near to it.

The best passage of a document by meaning is often the introduction, whatever the words; the best by words may only
repeat them. Where these are two, each leg scores the other's as well, and the sum decides, in the unit of
engine/fusion/evidence.py. The legs weigh the same whatever the recipe says: its weight is for comparing documents.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import chain

import numpy as np

from engine.fusion.evidence import SCALE
from engine.lexical.query import LexicalQuery
from engine.query.legs import Retrieved
from engine.recipe import Recipe
from engine.store.generation import Generation
from engine.types import Float32, Masks, RowId

NEARLY = 0.8  # of a passage's score by both legs: what another one of its document needs to be its rival
RIVALS = 2  # of each passage
_MANY = 1000  # passages of a document, beyond which its others are not looked at


def agreed(found: Retrieved, scores_of: Callable[[list[RowId]], Mapping[RowId, float]]) -> Retrieved:
    """`found` with the preferred passage in the lexical leg, which tells the passage of what both legs found
    (`representatives`). `scores_of` is `both_scores` for the search.
    """
    other = dict(zip(found.dense.keys, found.dense.rows, strict=True))
    pairs = {
        key: (other[key], row)
        for key, row in zip(found.lexical.keys, found.lexical.rows, strict=True)
        if other.get(key, row) != row
    }
    if not pairs:
        return found
    scores = scores_of([row for pair in pairs.values() for row in pair])
    chosen = {key: max(pair, key=scores.__getitem__) for key, pair in pairs.items()}  # on a tie the dense leg's
    rows = tuple(chosen.get(key, row) for key, row in zip(found.lexical.keys, found.lexical.rows, strict=True))
    return replace(found, lexical=replace(found.lexical, rows=rows))


def both_scores(
    generation: Generation, rows: Sequence[RowId], query: LexicalQuery, vector: Float32 | None, recipe: Recipe
) -> dict[RowId, float]:
    """Scores of both legs together, of each row; `vector` is the query's embedding (d,), None where there is none."""
    by_segment: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        by_segment[row.segment].append(row.row)
    scores: dict[RowId, float] = {}
    for segment, own in by_segment.items():
        here = np.array(own, np.int64)
        sums = generation.lexical_scores(segment, here, query, recipe)
        cosines = generation.dense_scores(segment, here, vector)
        if cosines is not None:
            sums = sums + SCALE * cosines
        scores |= zip((RowId(segment, row) for row in own), sums.tolist(), strict=True)
    return scores


def rivals(
    generation: Generation,
    rows: Sequence[RowId],
    masks: Masks,
    query: LexicalQuery,
    vector: Float32 | None,
    recipe: Recipe,
) -> dict[RowId, tuple[RowId, ...]]:
    """For each row the other allowed passages of its document that both legs score nearly as high as it, or higher:
    the best RIVALS of them, best first.
    """
    others: dict[RowId, list[RowId]] = {}
    for row, document in zip(rows, generation.document_rows(rows), strict=True):
        passages = generation.chunk_rows(row.segment, document)
        others[row] = generation.allowed(masks, passages) if len(passages) <= _MANY else []
    wanted = dict.fromkeys(chain(rows, chain.from_iterable(others.values())))
    scores = both_scores(generation, list(wanted), query, vector, recipe)
    near = {row: [other for other in others[row] if other != row and _near(scores[other], scores[row])] for row in rows}
    return {row: tuple(sorted(best, key=scores.__getitem__, reverse=True)[:RIVALS]) for row, best in near.items()}


def _near(score: float, to: float) -> bool:
    return score > 0 and score >= NEARLY * to
