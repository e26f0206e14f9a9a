"""Pinned documents: first in the order of relevance, whether or not a leg found them.

A pin obeys the request: what its filters, phrases and exclusions keep out is not pinned, nor what is hidden.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from engine.query.frozen import Entry
from engine.query.legs import Retrieved
from engine.query.request import Request
from engine.recipe import Recipe
from engine.store.generation import Generation
from engine.types import RowId


def pinned_first(
    generation: Generation, request: Request, found: Retrieved, recipe: Recipe, entries: Sequence[Entry]
) -> tuple[list[Entry], frozenset[RowId]]:
    """`entries` with the pinned documents before all others, each once, and which passages these are.

    Where each document is a hit once, so is a pinned one; else its best passage is first, and the others stay.
    """
    rest = list(entries)
    first: list[Entry] = []
    top = max((entry.score for entry in entries), default=0.0)
    for document in generation.manifest.curation.pinned_for(request.query):
        rows = _allowed(generation, document, found)
        if not rows:
            continue
        among = set(rows)
        own = [entry for entry in rest if entry.row in among]
        shown = own[0] if own else Entry(_best(generation, rows, found, recipe), top)
        rest = [entry for entry in rest if entry.row not in among or (not request.collapse and entry is not shown)]
        first.append(replace(shown, score=max(shown.score, top), relevance=None))
    return first + rest, frozenset(entry.row for entry in first)


def _allowed(generation: Generation, document: str, found: Retrieved) -> list[RowId]:
    place = generation.ruled.get(document)
    if place is None:
        return []
    return generation.allowed(found.masks, generation.chunk_rows(*place))


def _best(generation: Generation, rows: Sequence[RowId], found: Retrieved, recipe: Recipe) -> RowId:
    """The passage that says most of the query's words; the first where none does."""
    numbers = np.array([row.row for row in rows], np.int64)
    return rows[int(generation.lexical_scores(rows[0].segment, numbers, found.query, recipe).argmax())]
