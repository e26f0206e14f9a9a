"""Old publications leave the shared storage, with the objects that only they name.

The current one stays, some before it, and whatever gave way to another only lately: a service may not have switched
yet, and its replicas have to find what they serve when they are made again.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from engine.cluster.published.publication import AGAIN, FOLDER, POINTER, Publication, current_id, read_publication
from engine.cluster.published.unnamed import SUFFIX, Removed, listings, remove_listings
from engine.errors import FormatTooNew, StoreDamaged, UsageError
from engine.store.backups.depot import Depot

log = logging.getLogger(__name__)

KEPT = 1  # publications beside the current one: replicas have that before it loaded
LATELY = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Pruned:
    """Account of a pruning: what went, and the publications that are still there."""

    removed: Removed
    kept: tuple[str, ...]


def prune_publications(
    depot: Depot,
    collection: str,
    *,
    keep: int = KEPT,
    lately: timedelta = LATELY,
    dry_run: bool = False,
    now: datetime | None = None,
) -> Pruned:
    """Remove publications of a collection but for the current one, `keep` others, and those that were current `lately`.

    One that cannot be read stays, and the log says so. CollectionNotFound; StoreDamaged where the current one cannot be
    read; WriterBusy while something is written to the storage.
    """
    if keep < 0 or lately < timedelta(0):
        raise UsageError("Neither the number of publications nor their age can be below zero.")
    current = current_id(depot, collection)
    there = _publications(depot, collection)
    if current not in {one.id for one in there}:
        raise StoreDamaged(f"The current publication of {collection!r} in {depot.address} cannot be read.", AGAIN)
    old = _old(there, current, keep, (now or datetime.now(UTC)) - lately)
    removed = remove_listings(depot, f"{FOLDER}/{collection}", [f"{name}{SUFFIX}" for name in old], dry_run=dry_run)
    return Pruned(removed, tuple(one.id for one in there if one.id not in old))


def _publications(depot: Depot, collection: str) -> list[Publication]:
    """Publications that can be read, the oldest first."""
    found = []
    for name in listings(depot, f"{FOLDER}/{collection}"):
        if name != f"{POINTER}{SUFFIX}":
            try:
                made = read_publication(depot, collection, name.removesuffix(SUFFIX))
                found.append((made.manifest.generation, _made(made), made.id, made))
            except (StoreDamaged, FormatTooNew, ValueError) as error:
                log.warning("A publication stays that cannot be read: %s", error)
    return [made for *_, made in sorted(found, key=lambda one: one[:3])]


def _old(there: list[Publication], current: str, keep: int, before: datetime) -> Collection[str]:
    """Ids of the publications that may go: those that another took the place of before a moment."""
    others = [one for one in there if one.id != current]
    kept = {one.id for one in others[len(others) - keep :]} if keep else set[str]()
    after = [*there[1:], there[-1]]
    followed = {one.id: max(_made(one), _made(following)) for one, following in zip(there, after, strict=True)}
    return [one.id for one in others if one.id not in kept and followed[one.id] < before]


def _made(publication: Publication) -> datetime:
    return datetime.fromisoformat(publication.stored.created_at).astimezone(UTC)
