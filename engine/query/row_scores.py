"""What the legs give to chosen rows, whether or not they would have found them."""

from __future__ import annotations

import numpy as np

from engine.lexical.query import LexicalQuery
from engine.lexical.search import query_scorer
from engine.recipe import Recipe
from engine.store.generation import Generation
from engine.types import Float32, Float64, Rows
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
