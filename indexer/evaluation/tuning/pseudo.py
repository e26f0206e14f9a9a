"""Queries for a collection that nobody has judged: titles, headings and sentences of its own documents.

Each is relevant for the document that it was taken from. Such queries repeat their document's words, which flatters
the lexical leg; recipes that were chosen with them say so.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator
from itertools import cycle, islice

from engine.store.generation import Generation
from engine.text.sentences import sentence_spans
from engine.types import Document
from indexer.evaluation.tuning.judged import Judged

WORDS = (3, 25)  # of a query, least and most
_WORD = re.compile(r"\w+")
_KINDS = ("title", "heading", "sentence")


def pseudo_queries(generation: Generation, count: int, seed: int = 0, purpose: str = "tune") -> Judged:
    """Queries, at most `count`, one per document, of the three kinds in turn. UsageError if there are too few."""
    rng = random.Random(seed)  # noqa: S311  repeatable, not secret
    places = list(_living(generation))
    rng.shuffle(places)
    made = _queries(generation, places, rng)
    queries: dict[str, str] = {}
    qrels: dict[str, dict[str, int]] = {}
    for document, text in islice(made, count):
        name = f"pseudo-{len(queries)}"
        queries[name], qrels[name] = text, {document: 1}
    return Judged(f"pseudo-queries, seed {seed}", "pseudo", queries, qrels, purpose)


def _queries(
    generation: Generation, places: list[tuple[str, int, int]], rng: random.Random
) -> Iterator[tuple[str, str]]:
    """(document id, query), each query once."""
    seen: set[str] = set()
    kinds = cycle(_KINDS)
    kind = next(kinds)
    for name, segment, row in places:
        texts = _texts(generation, segment, row)
        wanted = [text for text in texts[kind] if text not in seen] or [
            text for other in _KINDS for text in texts[other] if text not in seen
        ]
        if wanted:
            text = rng.choice(wanted)
            seen.add(text)
            kind = next(kinds)
            yield name, text


def _texts(generation: Generation, segment: int, row: int) -> dict[str, list[str]]:
    """Texts that a document offers of each kind, without the signs that the query language would read."""
    document = generation.document(segment, row)
    headings = dict.fromkeys(
        heading for place in generation.chunk_rows(segment, row) for heading in generation.passage(place)[1].headings
    )
    return {
        "title": _usable([document.title]),
        "heading": _usable(headings),
        "sentence": _usable(_sentences(document)),
    }


def _sentences(document: Document) -> list[str]:
    return [document.text[start:end] for start, end in sentence_spans(document.text)]


def _usable(texts: Iterable[str]) -> list[str]:
    least, most = WORDS
    words = [_WORD.findall(text) for text in texts]
    return [" ".join(found) for found in words if least <= len(found) <= most]


def _living(generation: Generation) -> Iterator[tuple[str, int, int]]:
    """Id, segment and row of every living document, by id, so that the choice does not depend on segmentation."""
    found = []
    for position, (segment, deleted) in enumerate(zip(generation.segments, generation.tombstones, strict=True)):
        for row, name in enumerate(segment.documents.column("id").to_pylist()):
            if deleted is None or not deleted.documents[row]:
                found.append((name, position, row))
    yield from sorted(found)
