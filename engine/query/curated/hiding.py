"""Hidden documents: their rows are masked like those of deleted ones, so no leg, facet or page has them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.store.generation import Generation
from engine.types import RowMask


def hide(generation: Generation, query: str, masks: Sequence[RowMask | None]) -> list[RowMask | None]:
    """`masks`, the rows that a search may return, less those of documents that the rules hide for the query."""
    left = list(masks)
    for document in generation.manifest.curation.hidden_for(query):
        place = generation.ruled.get(document)
        if place is None:
            continue
        number, row = place
        segment, mask = generation.segments[number], left[number]
        others = segment.document_rows != row
        left[number] = np.asarray(others) if mask is None else mask & others
    return left
