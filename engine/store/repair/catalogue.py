"""Giving the catalogue back what the manifests on disk know. Nothing is ever deleted."""

from __future__ import annotations

import logging
import time
from pathlib import Path

from engine.errors import CatalogueMissing, WinnowError
from engine.store.catalogue.catalogue import Catalogue, CollectionRow
from engine.store.layout import CollectionLayout, Home
from engine.store.locks import is_committed, lock_writer, mark_committed
from engine.store.manifest import Manifest
from engine.store.repair.integrity import newest_whole
from engine.store.sealed import read_sealed

log = logging.getLogger(__name__)


def rebuild_catalogue(home: Path) -> list[str]:
    """Give every collection on disk its row, at its youngest whole generation; returns the names of those changed.

    An unreadable catalogue is set aside under another name first. What cannot be restored is logged as a warning:
    a collection without a whole generation, or one whose name a newer collection has. WriterBusy if one is in use.
    """
    catalogue = Catalogue(home)
    rows = {row.uuid: row for row in _known(catalogue, Home(home))}
    found = [(layout, manifest) for layout in Home(home).all_collections() if (manifest := _newest(layout))]
    # Of two collections with one name, neither of them known, the one that was written last gets it.
    found.sort(key=lambda pair: (pair[0].uuid in rows, bool(pair[1].segments), pair[1].created_at), reverse=True)
    names = {row.name: row.uuid for row in rows.values()}
    changed = []
    for layout, manifest in found:
        row = rows.get(layout.uuid)
        if row is not None and row.generation == manifest.generation:
            continue
        if names.setdefault(manifest.collection, layout.uuid) != layout.uuid:
            log.warning("%s is another collection named %r: left alone", layout.root, manifest.collection)
            continue
        _restore(catalogue, layout, row, manifest)
        changed.append(manifest.collection)
    return changed


def _known(catalogue: Catalogue, home: Home) -> list[CollectionRow]:
    """The rows of the catalogue, which is made if it is missing and set aside if it cannot be read."""
    try:
        rows = catalogue.known()
    except CatalogueMissing as error:
        stamp = f"damaged-{time.time_ns()}"
        log.warning("%s Set aside as %s.%s", error.message, home.catalogue, stamp)
        catalogue.set_aside(stamp)
        rows = []
    if home.root.is_dir():
        catalogue.create(adopting=True)
    return rows


def _newest(layout: CollectionLayout) -> Manifest | None:
    try:
        read_sealed(layout.identity)
    except WinnowError as error:
        log.warning("%s", error)
    manifest = newest_whole(layout)
    if manifest is None:
        log.warning("%s has no generation whose files are all there: left alone", layout.root)
    return manifest


def _restore(catalogue: Catalogue, layout: CollectionLayout, row: CollectionRow | None, manifest: Manifest) -> None:
    with lock_writer(layout.writer_lock, manifest.collection):
        if row is not None:
            catalogue.advance(row.uuid, row.generation, manifest.generation)
        else:
            written = manifest.created_at
            catalogue.insert(CollectionRow(manifest.uuid, manifest.collection, manifest.generation, written, written))
        mark_committed(layout.pin(manifest.generation))
        for number in layout.manifests():
            if number > manifest.generation and is_committed(layout.pin(number)):
                log.warning(
                    "Generation %d of %r was committed, but is damaged: passed over", number, manifest.collection
                )
                mark_committed(layout.pin(number), committed=False)
