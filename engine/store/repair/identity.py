"""Restoring a collection's small files: manifests from their copies, collection.json from manifest and catalogue."""

from __future__ import annotations

from engine.errors import WinnowError
from engine.store.catalogue.catalogue import CollectionRow
from engine.store.files import write_durably
from engine.store.layout import CollectionLayout
from engine.store.manifest import read_manifest
from engine.store.sealed import read_sealed, seal


def restore_manifests(layout: CollectionLayout) -> list[str]:
    """Replace each damaged manifest by its copy and each damaged copy by its manifest; returns those restored."""
    restored = []
    for number in sorted({*layout.manifests(), *layout.manifest_copies()}):
        pair = (layout.manifest(number), layout.manifest_copy(number))
        for damaged, other in (pair, pair[::-1]):
            if not _whole(layout, number, damaged == pair[1]) and _whole(layout, number, other == pair[1]):
                write_durably(damaged, other.read_bytes())
                restored.append(str(damaged.relative_to(layout.root)))
    return restored


def restore_identity(layout: CollectionLayout, row: CollectionRow) -> list[str]:
    """Rebuild collection.json if it is damaged."""
    try:
        read_sealed(layout.identity)
    except WinnowError:
        write_durably(layout.identity, seal({"name": row.name, "uuid": row.uuid, "created_at": row.created_at}))
        return [str(layout.identity.relative_to(layout.root))]
    return []


def _whole(layout: CollectionLayout, number: int, copy: bool) -> bool:
    try:
        read_manifest(layout, number, copy=copy)
    except WinnowError:
        return False
    return True
