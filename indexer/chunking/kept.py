"""The chunker that a collection keeps: what it was made with cuts all that is added to it."""

from __future__ import annotations

from pathlib import Path

from engine.errors import CollectionNotFound, UsageError
from engine.store.generation import open_generation
from indexer.chunking.kinds import DEFAULT, KINDS, Kind, kind_named


def kind_for(home: Path, collection: str, wanted: str | None) -> tuple[Kind, list[str]]:
    """How to cut documents of a collection, and remarks on it: as it was made, else as is `wanted`, else by default.

    UsageError for an unknown chunker, or one that the collection does not have: what it has chosen does not change.
    """
    kind = None if wanted is None else kind_named(wanted)
    try:
        with open_generation(home, collection) as generation:
            recorded = generation.manifest.index_fingerprint.chunker
    except CollectionNotFound:
        return kind or KINDS[DEFAULT], []
    kept = KINDS.get(recorded.partition("/")[0])
    if kept is None:
        kind = kind or KINDS[DEFAULT]
        return kind, [
            f"The collection was cut by a chunker that is not known here, {recorded!r}: now by {kind.name!r}."
        ]
    if kind not in (None, kept):
        raise UsageError(
            f"Collection {collection!r} is cut by the chunker {kept.name!r}, not by {kind.name!r}.",
            "Leave --chunker out, or ingest into another collection.",
        )
    return kept, []
