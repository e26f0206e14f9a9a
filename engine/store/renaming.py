"""Renaming a collection: its manifest (of one generation more) and its `collection.json` say the new name, then the
catalogue does, by which searches find it. A crash before that leaves the old name, and the next attempt completes it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engine.errors import CollectionExists
from engine.store.catalogue.catalogue import Catalogue
from engine.store.files import write_durably
from engine.store.layout import check_name
from engine.store.sealed import seal
from engine.store.writer import open_writer


def rename_collection(home: Path, old: str, new: str) -> None:
    """Give a collection another name. Whoever reads it goes on.

    UsageError for an impossible name; CollectionNotFound; CollectionExists; WriterBusy while somebody writes to it.
    """
    check_name(new)
    catalogue = Catalogue(home)
    row = catalogue.get(old)
    if old == new:
        return
    if any(other.name == new for other in catalogue.rows()):
        raise CollectionExists(f"There is a collection {new!r} already.", "Choose another name, or delete it.")
    writer = open_writer(home, old)
    try:
        writer.publish(lambda manifest: replace(manifest, collection=new))
        identity = {"name": new, "uuid": row.uuid, "created_at": row.created_at}
        write_durably(writer.layout.identity, seal(identity))
        catalogue.rename(row.uuid, new)
    finally:
        writer.release()
