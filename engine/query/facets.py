"""Facets: how many of the documents that a query matches have each value of a field.

A document matches if it passes the filters, phrases and exclusions, and holds a word of the query or is a candidate of
the dense leg: so every hit is counted, and in lexical mode the counts are those of an inverted index. In dense mode,
where every document is more or less near, the candidates are counted. Counts are exact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from engine.filters import field_type
from engine.lexical.query import LexicalQuery
from engine.lexical.search import matching_rows
from engine.metadata.values import Value, order_key
from engine.query.legs import Leg
from engine.recipe import Recipe
from engine.store.contents.values import count_values
from engine.store.generation import Generation
from engine.types import FacetCount, Masks, RowMask

MOST = 20  # values of a field, the most frequent


def count_facets(
    generation: Generation, fields: Sequence[str], matched: Sequence[RowMask]
) -> dict[str, tuple[FacetCount, ...]]:
    """Field -> its values with the number of matched documents, most frequent first, ties by value; at most MOST.

    Arguments and InvalidFilter as in `counters`.
    """
    return {field: most_frequent(found) for field, found in counters(generation, fields, matched).items()}


def counters(generation: Generation, fields: Sequence[str], matched: Sequence[RowMask]) -> dict[str, Counter[Value]]:
    """Field -> how many matched documents have each of its values.

    `matched` has a flag per chunk row of each segment. An item of a list counts once per document. InvalidFilter for an
    unknown field.
    """
    schema = generation.manifest.metadata_schema
    for field in fields:
        field_type(field, schema)
    documents = [
        np.unique(segment.document_rows[rows]) for segment, rows in zip(generation.segments, matched, strict=True)
    ]
    return count_values(generation.segments, documents, fields)


def matched_rows(
    generation: Generation, masks: Masks, query: LexicalQuery, recipe: Recipe, lexical: bool, legs: Iterable[Leg]
) -> list[RowMask]:
    """A flag per chunk row of each segment: allowed by `masks`, and with a word of the query or listed by a leg."""
    matched = []
    for segment, mask in zip(generation.segments, masks, strict=True):
        rows = np.zeros(segment.rows, np.bool_)
        if lexical:
            rows |= matching_rows(segment.lexical, query, generation.statistics, recipe)
        matched.append(rows if mask is None else rows & mask)
    for leg in legs:
        for row in leg.rows:
            matched[row.segment][row.row] = True
    return matched


def most_frequent(counts: Mapping[Value, int]) -> tuple[FacetCount, ...]:
    """The MOST values that are counted most often, ties by value."""
    best = sorted(counts.items(), key=lambda entry: (-entry[1], order_key(entry[0])))[:MOST]
    return tuple(FacetCount(value, count) for value, count in best)
