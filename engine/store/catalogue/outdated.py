"""Whether the catalogue is older than the collection: copied back, or its write-ahead log damaged.

Then the generation that it names is whole, and yet what was committed since would be undone without a word. Each
committed generation says so in its pin file, beside its manifest; a manifest whose commit was cut short does not.
"""

from __future__ import annotations

from engine.errors import CatalogueMissing
from engine.store.catalogue.catalogue import CollectionRow
from engine.store.layout import CollectionLayout
from engine.store.locks import is_committed
from engine.store.names import generation_number


def newer_generation(layout: CollectionLayout, row: CollectionRow) -> int | None:
    """The newest committed generation, if it is younger than the one that the catalogue names; else None.

    Where somebody commits meanwhile it may be one that the catalogue names by now: ask it again.
    """
    current = generation_number(row.generation)
    younger = [number for number in layout.manifests() if number > current]
    return max((number for number in younger if is_committed(layout.pin(number))), default=None)


def refuse_outdated(layout: CollectionLayout, row: CollectionRow) -> None:
    """Raise CatalogueMissing if the catalogue is older than the collection."""
    newest = newer_generation(layout, row)
    if newest is not None:
        raise CatalogueMissing(
            f"The catalogue names generation {row.generation} of {row.name!r}, but generation {newest} was committed: "
            "an older copy of the catalogue lies there, or its newest entries are lost.",
            "Run `winnow repair --catalogue`: it goes on from the youngest whole generation. Nothing has been deleted.",
        )
