"""Renaming a collection: the manifest of one generation more says the new name, then the catalogue does.

Searches find it by the catalogue's name. A crash between the two leaves the old name; the next attempt completes it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engine.errors import CollectionExists
from engine.store.catalogue import Catalogue
from engine.store.layout import check_name
from engine.store.writer import open_writer


def rename_collection(home: Path, old: str, new: str) -> None:
    """Give a collection another name. Whoever reads it goes on.

    UsageError for an impossible name; CollectionNotFound; CollectionExists; WriterBusy while somebody writes to it.
    """
    check_name(new)
    catalogue = Catalogue(home)
    uuid = catalogue.get(old).uuid
    if old == new:
        return
    if any(row.name == new for row in catalogue.rows()):
        raise CollectionExists(f"There is a collection {new!r} already.", "Choose another name, or delete it.")
    writer = open_writer(home, old)
    try:
        writer.publish(lambda manifest: replace(manifest, collection=new))
        catalogue.rename(uuid, new)
    finally:
        writer.release()
