"""Upgrading from a quick encoder to the bundled one: what `winnow ingest --preset fast --upgrade` does after the
ingest.
"""

from __future__ import annotations

from pathlib import Path

from engine.errors import CollectionNotFound
from engine.models.checkpoints.presets import BUNDLED
from engine.store.generation import open_generation
from indexer.reembed import ReembedReport, reembed


def is_upgraded(home: Path, collection: str) -> bool:
    """Whether the collection is there, with the bundled encoder."""
    try:
        with open_generation(home, collection) as generation:
            return generation.manifest.models["encoder"] == BUNDLED
    except CollectionNotFound:
        return False


def upgrade(home: Path, collection: str) -> ReembedReport | None:
    """Give the collection the bundled encoder's vectors; it is searched with its own until they are all there.

    None where there is nothing to do. A call that is cut short is completed by the next.
    """
    try:
        with open_generation(home, collection) as generation:
            empty = not generation.manifest.segments
    except CollectionNotFound:
        return None
    if empty or is_upgraded(home, collection):
        return None
    return reembed(home, collection, BUNDLED)
