"""Parts that nobody needs any more leave the shared storage: those of inputs as they were some time ago.

A part that the ingest names stays, whether its segment was merged with others or not: the same command finds it again.
So does what is young, such as parts of another ingest that was cut short.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from engine.cluster.published.unnamed import PARTS, SUFFIX, Removed, listings, remove_listings
from engine.store.backups.backup import MOST_BYTES
from engine.store.backups.depot import Depot

KEPT = timedelta(days=7)  # for which a part stays that the ingest does not name
_MADE = re.compile(rb'"made_at": ?"([^"]+)"')


def prune(
    depot: Depot,
    collection: str,
    named: Collection[str],
    now: datetime | None = None,
    *,
    kept: timedelta = KEPT,
    dry_run: bool = False,
) -> Removed:
    """Remove the old parts of a collection that are not among the `named`. WriterBusy while something is written."""
    folder, before = f"{PARTS}/{collection}", (now or datetime.now(UTC)) - kept
    others = [name for name in listings(depot, folder) if name.removesuffix(SUFFIX) not in named]
    old = [name for name in others if _is_older(depot.read(f"{folder}/{name}", MOST_BYTES), before)]
    return remove_listings(depot, folder, old, dry_run=dry_run)


def _is_older(part: bytes, moment: datetime) -> bool:
    """Whether a part was made before a moment; one that does not say when is of an older version."""
    said = _MADE.search(part)
    return said is None or datetime.fromisoformat(said[1].decode()) < moment
