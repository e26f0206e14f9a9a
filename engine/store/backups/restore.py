"""Bringing a backup into a home as a new collection. The catalogue names it when every byte has been checked.

collection.json is written last but for the catalogue: a directory without it is no collection to anybody, so a restore
that was cut short is in nobody's way, and the next one removes what it left.
"""

from __future__ import annotations

import logging
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

from engine.errors import CollectionNotFound, DiskFull, FormatTooNew, StoreDamaged, UsageError, WriterBusy
from engine.store.backups.backup import ANOTHER, Backup, full_typed, object_name, read_backups
from engine.store.backups.depot import Depot
from engine.store.catalogue.catalogue import Catalogue, CollectionRow, now
from engine.store.files import fsync_path, fsync_tree, make_directories, write_durably
from engine.store.inventory import StoredFile, inventory
from engine.store.layout import CollectionLayout, Home, check_name
from engine.store.locks import create_pin, lock_writer, mark_committed
from engine.store.manifest import write_manifest
from engine.store.sealed import seal

log = logging.getLogger(__name__)

_LOCK = "restore.lock"  # held while a restore is at work, and only in a directory that is not yet a collection


@dataclass(frozen=True, slots=True)
class Restored:
    """The collection that a restore made."""

    name: str
    backup: Backup


def restore(
    home: Path, address: str, *, backup: str | None = None, collection: str | None = None, name: str | None = None
) -> Restored:
    """Make a collection from a backup: the one with that id, or the newest where all are of one collection, or of the
    `collection` that is named.

    It gets the name that it had unless `name` is given, the same generation number, and an identity of its own.
    UsageError if the name is taken, or the choice of a backup is not clear; StoreDamaged if a file of the backup is
    missing or altered; DependencyMissing; DiskFull. The home is then as it was.
    """
    return bring_back(home, Depot(address), _choose(address, backup, collection), name)


def bring_back(home: Path, depot: Depot, chosen: Backup, name: str | None = None) -> Restored:
    """Make a collection of the files of a depot that a backup lists. Raises as `restore`."""
    wanted = check_name(name or chosen.manifest.collection)
    catalogue = Catalogue(home)
    _refuse_taken(catalogue, wanted)
    catalogue.create()
    with full_typed(str(home)):
        _remove_leftovers(Home(home))
        layout = Home(home).collection(uuid4().hex)
        for directory in layout.directories():
            make_directories(directory)
        with lock_writer(layout.root / _LOCK, wanted):
            try:
                _fetch(depot, chosen, layout)
                _check_complete(layout, chosen)
                _write_manifest(layout, chosen, wanted)
            except BaseException:
                shutil.rmtree(layout.root, ignore_errors=True)
                raise
            _enter(catalogue, layout, wanted, chosen.manifest.generation)
        (layout.root / _LOCK).unlink()
    return Restored(wanted, chosen)


def _choose(address: str, wanted: str | None, collection: str | None) -> Backup:
    backups, broken = read_backups(address)
    if wanted is not None and wanted in broken:
        raise broken[wanted]
    for error in broken.values():
        if not backups and isinstance(error, FormatTooNew):
            raise error
        log.warning("A backup is left out: %s", error)
    known = ", ".join(backup.id for backup in backups)
    if not backups:
        raise UsageError(f"{address} holds no whole backup.", "Make one with `winnow backup`.")
    if collection is not None:
        names = ", ".join(sorted({backup.manifest.collection for backup in backups}))
        backups = [backup for backup in backups if backup.manifest.collection == collection]
        if not backups:
            raise UsageError(f"{address} holds no backup of {collection!r}.", f"It holds backups of: {names}.")
    if wanted is not None:
        for backup in backups:
            if backup.id == wanted:
                return backup
        raise UsageError(f"{address} holds no backup {wanted!r}.", f"It holds: {known}.")
    if len({backup.manifest.uuid for backup in backups}) > 1:
        raise UsageError(
            f"{address} holds backups of several collections.", f"Name one with -c, or a backup with --backup: {known}."
        )
    return max(backups, key=lambda backup: backup.manifest.generation)


def _refuse_taken(catalogue: Catalogue, name: str) -> None:
    try:
        catalogue.get(name)
    except CollectionNotFound:
        return
    raise UsageError(f"A collection {name!r} exists; nothing was changed.", "Give the restored one another --name.")


def _fetch(depot: Depot, chosen: Backup, layout: CollectionLayout) -> None:
    """Copy the files to their places, durably, and check each. StoreDamaged; DiskFull before anything is copied.

    Their paths have been checked when the backup was read (engine/store/names.py).
    """
    total, free = chosen.bytes, shutil.disk_usage(layout.root).free
    if total > free:
        raise DiskFull(f"The backup has {total:,} bytes, and {layout.root} has room for {free:,}.", "Free some space.")
    for file in chosen.files:
        fetch_file(depot, file, layout.root / file.path)
    for file in chosen.judgements:
        fetch_file(depot, file, layout.judgements / file.path)
    fsync_tree(layout.root)


def fetch_file(depot: Depot, file: StoredFile, target: Path) -> None:
    """Copy one file to a new path. StoreDamaged if the depot lacks it, or has it damaged; syncing is the caller's."""
    target.parent.mkdir(parents=True, exist_ok=True)
    name = object_name(file.sha256)
    try:
        found = depot.download(name, target, file.size)
    except (FileNotFoundError, NotADirectoryError):
        raise StoreDamaged(f"{depot.address} lacks {name} ({file.path}).", ANOTHER) from None
    if found != file.sha256:
        raise StoreDamaged(f"{name} in {depot.address} is damaged ({file.path}).", ANOTHER)


def _check_complete(layout: CollectionLayout, backup: Backup) -> None:
    """The files are those that the manifest needs, no more and no less. StoreDamaged."""
    needed, there = set(inventory(layout, backup.manifest)), set(backup.files)
    for file in needed ^ there:
        raise StoreDamaged(
            f"The backup {backup.id} {'lacks' if file in needed else 'has no use for'} {file.path}.", ANOTHER
        )


def _write_manifest(layout: CollectionLayout, backup: Backup, name: str) -> None:
    create_pin(layout.pin(backup.manifest.generation))
    write_manifest(layout, replace(backup.manifest, collection=name, uuid=layout.uuid, upcoming=None))
    fsync_path(layout.root)


def _enter(catalogue: Catalogue, layout: CollectionLayout, name: str, generation: int) -> None:
    """Identity, then catalogue. After a crash between the two the collection is whole, and repair makes it known."""
    row = CollectionRow(layout.uuid, name, generation, now(), now())
    with lock_writer(layout.writer_lock, name):  # which tells a search in between that nothing is lost
        write_durably(layout.identity, seal({"name": name, "uuid": layout.uuid, "created_at": row.created_at}))
        try:
            catalogue.insert(row)
        except UsageError:  # somebody took the name meanwhile
            shutil.rmtree(layout.root)
            raise
        mark_committed(layout.pin(generation))


def _remove_leftovers(home: Home) -> None:
    """Remove the directories of restores that were killed: not yet collections, and locked by nobody."""
    if not home.collections.is_dir():
        return
    for root in home.collections.iterdir():
        lock = root / _LOCK
        if lock.is_file() and not CollectionLayout(root).identity.exists():
            try:
                with lock_writer(lock, root.name):
                    shutil.rmtree(root)
            except WriterBusy:
                continue
