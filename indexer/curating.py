"""Giving a collection its rules (engine/curation.py): one commit, over the same documents."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engine.curation import Curation
from engine.store.writer import open_writer


def curate(home: Path, collection: str, rules: Curation) -> int:
    """Put `rules` in the place of those that the collection has, and return its generation.

    Raises:
        CollectionNotFound: there is no such collection.
        WriterBusy: somebody else writes to it.
    """
    with open_writer(home, collection) as writer:
        if writer.manifest.curation == rules:
            return writer.manifest.generation
        return writer.publish(lambda manifest: replace(manifest, curation=rules)).generation
