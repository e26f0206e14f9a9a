"""Upkeep that a person asks for: merging a collection's segments, and removing what nothing needs any more."""

from __future__ import annotations

from pathlib import Path

from engine.store.merging.merge import MergeReport, merge_all, merge_due
from engine.store.sweep import SweepReport
from engine.store.writer import open_writer


def merge(home: Path, collection: str, *, full: bool = False) -> MergeReport:
    """Merge what is due, or with `full` everything into one segment. CollectionNotFound, WriterBusy, DiskFull."""
    with open_writer(home, collection) as writer:
        return merge_all(writer) if full else merge_due(writer)


def collect_garbage(
    home: Path, collection: str, *, dry_run: bool = False, grace_seconds: float | None = None
) -> SweepReport:
    """Sweep a collection, or tell what a sweep would remove. CollectionNotFound, WriterBusy."""
    writer = open_writer(home, collection)
    try:
        return writer.sweep(grace_seconds, dry_run=dry_run)
    finally:
        writer.release()
