"""Deleting documents from a collection."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from engine.store.merging.merge import merge_due
from engine.store.writer import open_writer


def delete(home: Path, collection: str, documents: Collection[str]) -> int:
    """Delete documents by id in one commit and return its generation. DocumentNotFound if any is unknown: none goes."""
    with open_writer(home, collection, None) as writer:
        writer.commit(None, deletes=frozenset(documents))
        merge_due(writer)
        return writer.manifest.generation
