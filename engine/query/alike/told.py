"""The near-duplicates of a hit as they are told: which documents they are, and by what they differ."""

from __future__ import annotations

from collections.abc import Iterable

from engine.lexical.identifiers import strip_punctuation
from engine.query.alike.twins import LONGEST
from engine.store.generation import Generation
from engine.types import NearDuplicate, RowId

TOLD = 5  # words that a near-duplicate has for itself


def near_duplicates(generation: Generation, hit: RowId, twins: Iterable[RowId]) -> tuple[NearDuplicate, ...]:
    """The documents of `twins`, beside that of `hit`, which stands for them."""
    return tuple(_told(generation, hit, twin) for twin in twins)


def _told(generation: Generation, hit: RowId, twin: RowId) -> NearDuplicate:
    segment = generation.segments[twin.segment]
    row = int(segment.document_rows[twin.row])
    title, text = segment.document_cell(row, "title"), segment.text_bytes(row)
    of = generation.segments[hit.segment]
    document = int(of.document_rows[hit.row])
    shown_title, shown_text = of.document_cell(document, "title"), of.text_bytes(document)
    identical = (title, text) == (shown_title, shown_text)
    own: tuple[str, ...] = ()
    if not identical and max(len(text), len(shown_text)) <= LONGEST:
        known = set(_written(shown_title, shown_text))
        own = tuple(dict.fromkeys(word for word in _written(title, text) if word not in known))[:TOLD]
    return NearDuplicate(segment.document_cell(row, "id"), segment.document_cell(row, "uri"), title, identical, own)


def _written(title: str, text: memoryview) -> list[str]:
    """The words as they are written, less the punctuation around them."""
    words = map(strip_punctuation, f"{title}\n{bytes(text).decode()}".split())
    return [word for word in words if word]
