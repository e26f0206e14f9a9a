"""Removing listings (publications, parts of an ingest) from shared storage, and the objects that nothing names then.

    <folder>/removed/<name>.json   a listing whose objects are being removed; what is left of a run that was cut short
                                   is gone on with by the next

An object goes with its listing where nothing on the storage names it any more: no backup, publication or part.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from engine.cluster.published.publication import FOLDER as PUBLISHED
from engine.store.backups.backup import FOLDER as BACKUPS
from engine.store.backups.backup import MOST_BYTES, object_name
from engine.store.backups.depot import Depot
from engine.store.backups.underway import removing

PARTS = "parts"
SUFFIX = ".json"
_REMOVED = "removed"
_CHECKSUM = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


@dataclass(frozen=True, slots=True)
class Removed:
    """Account of a removal: listings, and the objects that went with them."""

    listings: tuple[str, ...]
    objects: int
    bytes: int


def listings(depot: Depot, folder: str) -> list[str]:
    """File names of the listings of a folder."""
    return [name for name in depot.names(folder) if name.endswith(SUFFIX)]


def remove_listings(depot: Depot, folder: str, chosen: Collection[str], *, dry_run: bool = False) -> Removed:
    """Remove listings of a folder with their objects, and go on with removals that were cut short. WriterBusy while
    something is written to the storage.
    """
    if dry_run:
        return _foretold(depot, folder, chosen)
    with removing(depot, f"the removal of old files of {folder}") as going_on:
        for name in chosen:
            going_on()
            data = depot.read(f"{folder}/{name}", MOST_BYTES)
            depot.write(f"{folder}/{_REMOVED}/{name}", data)  # before the listing goes: it names the objects
            depot.remove(f"{folder}/{name}")
        leaving = [f"{folder}/{_REMOVED}/{name}" for name in listings(depot, f"{folder}/{_REMOVED}")]
        used = _named(depot, ()) if leaving else set[bytes]()
        objects = size = 0
        for path in leaving:
            for checksum in {*_CHECKSUM.findall(depot.read(path, MOST_BYTES))} - used:
                going_on()
                name = object_name(checksum.decode())
                there = depot.size(name)
                if there is not None:
                    depot.remove(name)
                    objects, size = objects + 1, size + there
            depot.remove(path)
    return Removed(tuple(path.rsplit("/", 1)[-1].removesuffix(SUFFIX) for path in leaving), objects, size)


def _foretold(depot: Depot, folder: str, chosen: Collection[str]) -> Removed:
    """Account of a removal that was not made."""
    going = [f"{folder}/{name}" for name in chosen]
    leaving = [*going, *(f"{folder}/{_REMOVED}/{name}" for name in listings(depot, f"{folder}/{_REMOVED}"))]
    named = {checksum for path in leaving for checksum in _CHECKSUM.findall(depot.read(path, MOST_BYTES))}
    unused = named - _named(depot, going) if leaving else set[bytes]()
    sizes = [depot.size(object_name(checksum.decode())) for checksum in unused]
    there = [size for size in sizes if size is not None]
    return Removed(tuple(path.rsplit("/", 1)[-1].removesuffix(SUFFIX) for path in leaving), len(there), sum(there))


def _named(depot: Depot, without: Collection[str]) -> set[bytes]:
    """The checksums that listings name, but for those `without`."""
    return {checksum for data in _all_listings(depot, without) for checksum in _CHECKSUM.findall(data)}


def _all_listings(depot: Depot, without: Collection[str]) -> Iterator[bytes]:
    """All that names objects, as text: what is damaged or of a newer version keeps its objects as well."""
    folders = [BACKUPS, *(f"{kind}/{name}" for kind in (PUBLISHED, PARTS) for name in depot.names(kind))]
    for folder in folders:
        for name in listings(depot, folder):
            if f"{folder}/{name}" not in without:
                yield depot.read(f"{folder}/{name}", MOST_BYTES)
