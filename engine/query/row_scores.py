"""The legs' scores of chosen rows, whether or not they would have found them, and which passage they agree on.

The best passage of a document by meaning is often the introduction, whatever the words; the best by words may only
repeat them. Where these are two, each leg scores the other's as well, and the sum decides, in the unit of
engine/fusion/evidence.py. The legs weigh the same whatever the recipe says: its weight is for comparing documents.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np

from engine.fusion.evidence import SCALE
from engine.lexical.query import LexicalQuery
from engine.lexical.search import query_scorer
from engine.query.legs import Retrieved
from engine.recipe import Recipe
from engine.store.generation import Generation
from engine.types import Float32, Float64, RowId, Rows
from engine.vectors.codecs import int8_scores


def lexical_scores(generation: Generation, segment: int, rows: Rows, query: LexicalQuery, recipe: Recipe) -> Float64:
    """BM25 of the rows of one segment, shape (len(rows),); 0 where a row holds no word of the query."""
    index = generation.segments[segment].lexical.forward
    return query_scorer(query, generation.statistics, recipe).on(index).score(rows)


def dense_scores(generation: Generation, segment: int, rows: Rows, vector: Float32 | None) -> Float64 | None:
    """Dot products of the rows of one segment with the query's embedding (d,), shape (len(rows),).

    None if there is no embedding (the dense leg was not run), or the segment still waits for its vectors.
    """
    of = generation.segments[segment]
    if vector is None or not of.entry.embedded:
        return None
    return int8_scores(vector, of.vectors.int8[rows], of.vectors.scale[rows]).astype(np.float64)


def agreed(generation: Generation, found: Retrieved, recipe: Recipe) -> Retrieved:
    """`found` with the preferred passage in the lexical leg, which tells the passage of what both legs found
    (`representatives`).
    """
    other = dict(zip(found.dense.keys, found.dense.rows, strict=True))
    pairs = {
        key: (other[key], row)
        for key, row in zip(found.lexical.keys, found.lexical.rows, strict=True)
        if other.get(key, row) != row
    }
    if not pairs:
        return found
    scores = _scores(generation, [row for pair in pairs.values() for row in pair], found, recipe)
    chosen = {key: max(pair, key=scores.__getitem__) for key, pair in pairs.items()}  # on a tie the dense leg's
    rows = tuple(chosen.get(key, row) for key, row in zip(found.lexical.keys, found.lexical.rows, strict=True))
    return replace(found, lexical=replace(found.lexical, rows=rows))


def _scores(generation: Generation, rows: list[RowId], found: Retrieved, recipe: Recipe) -> dict[RowId, float]:
    by_segment: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        by_segment[row.segment].append(row.row)
    scores: dict[RowId, float] = {}
    for segment, own in by_segment.items():
        here = np.array(own, np.int64)
        sums = lexical_scores(generation, segment, here, found.query, recipe)
        cosines = dense_scores(generation, segment, here, found.vector)
        if cosines is not None:
            sums = sums + SCALE * cosines
        scores |= zip((RowId(segment, row) for row in own), sums.tolist(), strict=True)
    return scores
