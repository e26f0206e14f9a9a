"""A passage as models read it."""

from __future__ import annotations

import hashlib

from engine.context import context, with_context
from engine.store.generation import Generation
from engine.types import Passage, RowId


def passage_of(generation: Generation, row: RowId) -> Passage:
    """A passage after its document's title and the headings that it stands under."""
    title, chunk = generation.passage(row)
    text = with_context(context(title, chunk.headings, chunk.header), chunk.text)
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return Passage(text, digest, len(text) - len(chunk.text), stored=not generation.is_private)
