"""The collection as the machine in front knows it: its manifest and its place in the catalogue, and no segment.

So all that needs no documents (names, recipes, fields, models, keys) works there as on any machine, and a new
publication is seen by the next request, as a commit is. The machine in front holds the writer's lock: nobody writes.
"""

from __future__ import annotations

from pathlib import Path

from engine.errors import CollectionNotFound, UsageError
from engine.store.catalogue.catalogue import Catalogue, CollectionRow, now
from engine.store.files import make_directories, write_durably
from engine.store.layout import CollectionLayout, Home
from engine.store.locks import Lock, create_pin, lock_writer, mark_committed
from engine.store.manifest import Manifest, write_manifest
from engine.store.sealed import seal


def hold_shell(home: Path, manifest: Manifest) -> Lock:
    """The lock that keeps others from writing to the collection. WriterBusy; UsageError as in `show`."""
    layout = Home(home).collection(manifest.uuid)
    _row(Catalogue(home), home, manifest)
    for directory in layout.directories():
        make_directories(directory)
    return lock_writer(layout.writer_lock, manifest.collection)


def show(home: Path, manifest: Manifest) -> None:
    """Make a published generation the one that requests see. The caller holds the lock.

    UsageError where the home has another collection of that name, or a later generation of this one.
    """
    layout, catalogue = Home(home).collection(manifest.uuid), Catalogue(home)
    catalogue.create()
    row = _row(catalogue, home, manifest)
    if row is not None and row.generation == manifest.generation:
        write_manifest(layout, manifest)  # it may have been published again, in other segments
        return
    create_pin(layout.pin(manifest.generation))
    write_manifest(layout, manifest)
    if row is None:
        _enter(catalogue, layout, manifest)
    else:
        catalogue.advance(row.uuid, row.generation, manifest.generation)
    mark_committed(layout.pin(manifest.generation))


def _row(catalogue: Catalogue, home: Path, manifest: Manifest) -> CollectionRow | None:
    try:
        row = catalogue.get(manifest.collection)
    except CollectionNotFound:
        return None
    if row.uuid != manifest.uuid:
        raise UsageError(f"{home} has another collection {row.name!r}.", "Give the cluster a home of its own.")
    if Home(home).collection(row.uuid).segments.is_dir() and any(Home(home).collection(row.uuid).segments.iterdir()):
        raise UsageError(f"{home} has the segments of {row.name!r}.", "Give the cluster a home of its own.")
    if row.generation > manifest.generation:
        raise UsageError(
            f"Generation {manifest.generation} of {row.name!r} is older than {row.generation}, which was served.",
            "Publish a later one, or begin with an empty home.",
        )
    return row


def _enter(catalogue: Catalogue, layout: CollectionLayout, manifest: Manifest) -> None:
    row = CollectionRow(layout.uuid, manifest.collection, manifest.generation, now(), now())
    write_durably(layout.identity, seal({"name": row.name, "uuid": row.uuid, "created_at": row.created_at}))
    catalogue.insert(row)
