"""Deleting a collection: the catalogue forgets it in one transaction, its files go when the last reader has let go.

A crash between the two leaves a directory that the catalogue does not know, which `winnow repair --catalogue` brings
back: half a deletion loses nothing. After it the directory is marked, and is no longer taken for a collection.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from engine.errors import WriterBusy
from engine.store.catalogue.catalogue import Catalogue
from engine.store.files import write_durably
from engine.store.layout import CollectionLayout, Home
from engine.store.locks import Lock, lock_unpinned, lock_writer


def delete_collection(home: Path, name: str) -> None:
    """Delete a collection with all its generations. Whoever reads it goes on until closed.

    CollectionNotFound; CatalogueMissing; WriterBusy while somebody writes to it.
    """
    catalogue = Catalogue(home)
    row = catalogue.get(name)
    layout = Home(home).collection(row.uuid)
    with lock_writer(layout.writer_lock, name):
        catalogue.remove(row.uuid)
        write_durably(layout.deleted, b"")
    sweep_deleted(home)


def sweep_deleted(home: Path) -> tuple[str, ...]:
    """Remove the files of deleted collections that nobody reads any more; the UUIDs of those removed."""
    return tuple(layout.uuid for layout in Home(home).deleted_collections() if _remove(layout))


def _remove(layout: CollectionLayout) -> bool:
    locks: list[Lock] = []
    try:
        if layout.writer_lock.exists():
            locks.append(lock_writer(layout.writer_lock, layout.uuid))
        for number in layout.pinned_files():
            lock = lock_unpinned(layout.pin(number))
            if lock is None:
                return False
            locks.append(lock)
        for path in layout.root.iterdir():  # the mark last: a crash on the way must not bring the rest back
            if path != layout.deleted:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.rmtree(layout.root)
    except (WriterBusy, FileNotFoundError):  # somebody else removes it
        return False
    finally:
        for lock in locks:
            lock.release()
    return True
