"""Publishing a collection of one machine to shared storage, and bringing it back."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from engine.cluster.published import publication as layout
from engine.cluster.published.assignment import assign
from engine.cluster.published.publication import (
    TERMS,
    WORDS,
    Publication,
    publication_id,
    read_current,
    write_publication,
)
from engine.cluster.published.splitting import files_of, split
from engine.cluster.published.statistics import write_terms, write_words
from engine.errors import CollectionNotFound, UsageError
from engine.fingerprint import digest_file
from engine.store.backups.backup import Backup, copy_files, full_typed, object_name
from engine.store.backups.depot import Depot
from engine.store.backups.restore import Restored, bring_back
from engine.store.catalogue.catalogue import now
from engine.store.generation import Generation, open_generation
from engine.store.layout import CollectionLayout, Home
from engine.store.listing import ListedFile


@dataclass(frozen=True, slots=True)
class Published:
    """Account of a publishing: files and bytes that were copied, and files that were there."""

    publication: Publication
    copied: int
    copied_bytes: int
    kept: int


def publish(
    home: Path, name: str, address: str, *, shards: int | None = None, generation: int | None = None
) -> Published:
    """Publish a generation of a collection, by default the current one, in so many shards, by default as many as
    before; one at first.

    Only what the storage lacks is copied, and the pointer is written last: those who read it see the publication before
    or this one. UsageError for a number of shards out of bounds, and for another collection of that name; raises as
    `back_up`.
    """
    depot = Depot(address)
    with open_generation(home, name, generation) as opened, full_typed(address):
        before = _before(depot, opened)
        parts = shards if shards is not None else len(before.shards) if before else 1
        if not 1 <= parts <= layout.MOST_SHARDS:
            raise UsageError(f"A collection has 1 to {layout.MOST_SHARDS} shards, not {parts}.")
        with tempfile.TemporaryDirectory(prefix="winnow-publish-") as folder:
            scratch = Home(Path(folder)).collection(opened.layout.uuid)
            scratch.segments.mkdir(parents=True)
            return _publish(depot, opened, parts, scratch, before)


def pull(home: Path, name: str, address: str, *, to: str | None = None) -> Restored:
    """Make a collection of this home from a published one; it has the same name unless `to` is given.

    CollectionNotFound if it is not published; raises as `restore`.
    """
    depot = Depot(address)
    return bring_back(home, depot, read_current(depot, name).stored, to)


def _before(depot: Depot, opened: Generation) -> Publication | None:
    try:
        before = read_current(depot, opened.manifest.collection)
    except CollectionNotFound:
        return None
    if before.manifest.uuid != opened.manifest.uuid:
        raise UsageError(
            f"{depot.address} holds another collection {opened.manifest.collection!r}.",
            "Publish to another address, or rename this collection.",
        )
    return before


def _publish(
    depot: Depot, opened: Generation, shards: int, scratch: CollectionLayout, before: Publication | None
) -> Published:
    done = split(opened, shards, scratch, depot, before.stored if before else None)
    lying = files_of(done, opened, scratch)
    copied = set[str]()
    for place, files in lying.items():
        copied |= copy_files(depot, place.root, files)
    files = sorted([*(file for some in lying.values() for file in some), *done.known], key=lambda file: file.path)
    stored = Backup(publication_id(done.manifest, shards), now(), done.manifest, tuple(files))
    assigned = assign(done.manifest.segments, shards, before.shards if before else ())
    made = Publication(stored, assigned, _statistics(depot, opened, scratch.root))
    write_publication(depot, made)
    sizes = {file.sha256: file.size for file in files}
    return Published(made, len(copied), sum(map(sizes.__getitem__, copied)), len(sizes) - len(copied))


def _statistics(depot: Depot, opened: Generation, folder: Path) -> dict[str, ListedFile]:
    """Write and copy the files of statistics; they are the same whether or not segments were split."""
    counted = list(zip(opened.segments, opened.tombstones, strict=True))
    write_terms(folder / TERMS, counted)
    write_words(folder / WORDS, [segment for segment, _ in counted])
    made = {}
    for name in (TERMS, WORDS):
        path = folder / name
        made[name] = ListedFile(path.stat().st_size, digest_file(path))
        if depot.size(object_name(made[name].sha256)) != made[name].size:
            depot.upload(path, object_name(made[name].sha256))
    return made
