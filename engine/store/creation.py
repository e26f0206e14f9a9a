"""Making a collection: its directory with an empty first generation, then its row in the catalogue."""

from __future__ import annotations

import shutil
from pathlib import Path
from uuid import uuid4

from engine.errors import CollectionNotFound, UsageError
from engine.store.catalogue.catalogue import Catalogue, CollectionRow, now
from engine.store.files import fsync_path, make_directories, write_durably
from engine.store.layout import CollectionLayout, Home
from engine.store.locks import create_pin, mark_committed
from engine.store.manifest import CollectionConfig, Manifest, write_manifest
from engine.store.sealed import seal

FIRST = 1


def create_collection(home: Path, name: str, config: CollectionConfig) -> CollectionRow:
    """The collection's row; the collection is made if it does not exist. CatalogueMissing.

    A crash before the row is there leaves a directory that holds no data, and is in nobody's way.
    """
    catalogue = Catalogue(home)
    catalogue.create()
    try:
        return catalogue.get(name)
    except CollectionNotFound:
        pass
    layout = Home(home).collection(uuid4().hex)
    row = CollectionRow(layout.uuid, name, FIRST, now(), now())
    _write_directory(layout, row, config)
    try:
        catalogue.insert(row)
    except UsageError:  # another process made it meanwhile: its directory counts, ours was never known to anybody
        shutil.rmtree(layout.root)
        return catalogue.get(name)
    mark_committed(layout.pin(FIRST))
    return row


def _write_directory(layout: CollectionLayout, row: CollectionRow, config: CollectionConfig) -> None:
    for directory in layout.directories():
        make_directories(directory)
    write_durably(layout.identity, seal({"name": row.name, "uuid": row.uuid, "created_at": row.created_at}))
    create_pin(layout.pin(FIRST))
    manifest = Manifest(
        collection=row.name,
        uuid=row.uuid,
        generation=FIRST,
        created_at=row.created_at,
        models=dict(config.models),
        query_fingerprint=config.query_fingerprint,
        index_fingerprint=config.index_fingerprint,
        recipe=config.recipe,
        metadata_schema={},
        segments=(),
        roots=config.roots,
    )
    write_manifest(layout, manifest)
    fsync_path(layout.root)
