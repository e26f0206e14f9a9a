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
    title, text = generation.document_cell(twin, "title"), generation.text_bytes(twin)
    shown_title, shown_text = generation.document_cell(hit, "title"), generation.text_bytes(hit)
    identical = (title, text) == (shown_title, shown_text)
    own: tuple[str, ...] = ()
    if not identical and max(len(text), len(shown_text)) <= LONGEST:
        known = set(_written(shown_title, shown_text))
        own = tuple(dict.fromkeys(word for word in _written(title, text) if word not in known))[:TOLD]
    return NearDuplicate(generation.document_id(twin), generation.document_cell(twin, "uri"), title, identical, own)


def _written(title: str, text: memoryview) -> list[str]:
    """The words as they are written, less the punctuation around them."""
    words = map(strip_punctuation, f"{title}\n{bytes(text).decode()}".split())
    return [word for word in words if word]
