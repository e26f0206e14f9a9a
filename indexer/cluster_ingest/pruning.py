"""Parts that nobody needs any more leave the shared storage: those of inputs as they were some time ago.

A part that the ingest names stays, whether its segment was merged with others or not: the same command finds it again.
So does what is young, such as parts of another ingest that was cut short. An object goes with its part where nothing on
the storage names it any more.

    parts/<collection>/removed/<name>.json   a part whose objects are being removed; what is left of a run that was cut
                                             short is gone on with by the next
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta

from engine.cluster.published.publication import FOLDER as PUBLISHED
from engine.store.backups.backup import FOLDER as BACKUPS
from engine.store.backups.backup import MOST_BYTES, object_name
from engine.store.backups.depot import Depot
from indexer.cluster_ingest.parts import FOLDER as PARTS

KEPT = timedelta(days=7)  # for which a part stays that the ingest does not name
_REMOVED, _SUFFIX = "removed", ".json"
_CHECKSUM = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_MADE = re.compile(rb'"made_at": ?"([^"]+)"')


def prune(depot: Depot, collection: str, named: Collection[str], now: datetime | None = None) -> int:
    """Remove the old parts of a collection that are not among the `named`; how many. The caller holds the writer's lock
    of the collection, so that no part is taken or named meanwhile.
    """
    folder = f"{PARTS}/{collection}"
    before = (now or datetime.now(UTC)) - KEPT
    for name in _files(depot, folder):
        data = b"" if name.removesuffix(_SUFFIX) in named else depot.read(f"{folder}/{name}", MOST_BYTES)
        if data and _is_older(data, before):
            depot.write(f"{folder}/{_REMOVED}/{name}", data)  # before the part goes: it lists the objects
            depot.remove(f"{folder}/{name}")
    leaving = _files(depot, f"{folder}/{_REMOVED}")
    if leaving:
        used = {checksum for data in _listings(depot) for checksum in _CHECKSUM.findall(data)}
        for name in leaving:
            path = f"{folder}/{_REMOVED}/{name}"
            for checksum in {*_CHECKSUM.findall(depot.read(path, MOST_BYTES))} - used:
                depot.remove(object_name(checksum.decode()))
            depot.remove(path)
    return len(leaving)


def _is_older(part: bytes, moment: datetime) -> bool:
    """Whether a part was made before a moment; one that does not say when is of an older version."""
    said = _MADE.search(part)
    return said is None or datetime.fromisoformat(said[1].decode()) < moment


def _listings(depot: Depot) -> Iterator[bytes]:
    """All that names objects, as text: what is damaged or of a newer version keeps its objects as well."""
    folders = [BACKUPS, *(f"{kind}/{name}" for kind in (PUBLISHED, PARTS) for name in depot.names(kind))]
    for folder in folders:
        for name in _files(depot, folder):
            yield depot.read(f"{folder}/{name}", MOST_BYTES)


def _files(depot: Depot, folder: str) -> list[str]:
    return [name for name in depot.names(folder) if name.endswith(_SUFFIX)]
