"""Inner hits: further passages of a hit's document, ranked among themselves as the legs would rank them."""

from __future__ import annotations

import numpy as np

from engine.lexical.search import constraint_mask
from engine.query.legs import Retrieved
from engine.query.order import fuse
from engine.recipe import Recipe
from engine.store.generation import Generation
from engine.types import Chunk, RowId


def inner_hits(generation: Generation, found: Retrieved, recipe: Recipe, row: RowId, most: int) -> tuple[Chunk, ...]:
    """Up to `most` passages of the document of `row` beside that one, best first; phrases and exclusions hold."""
    document = int(generation.segments[row.segment].document_rows[row.row])
    rows = np.array([other.row for other in generation.chunk_rows(row.segment, document)], np.int64)
    segment = generation.segments[row.segment]
    allowed = constraint_mask(segment.lexical, found.query, segment.document_rows)
    rows = rows[(rows != row.row) & (True if allowed is None else allowed[rows])]
    if not len(rows):
        return ()
    names = [str(number) for number in rows.tolist()]
    lexical = generation.lexical_scores(row.segment, rows, found.query, recipe)
    legs = {"lexical": list(zip(names, lexical.tolist(), strict=True)), "dense": []}
    dense = generation.dense_scores(row.segment, rows, found.vector)
    if dense is not None:
        legs["dense"] = list(zip(names, dense.tolist(), strict=True))
    best = fuse(legs["lexical"], legs["dense"], recipe)[:most]
    return tuple(generation.passage(RowId(row.segment, int(name)))[1] for name, _ in best)
