"""Publishing a collection of one machine to shared storage, and bringing it back."""

from __future__ import annotations

import logging
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from engine.cluster.published import publication as layout
from engine.cluster.published.assignment import assign
from engine.cluster.published.publication import (
    TERMS,
    WORDS,
    Publication,
    make_publication,
    read_current,
    write_publication,
)
from engine.cluster.published.splitting import files_of, split
from engine.cluster.published.statistics import write_terms, write_words
from engine.errors import CollectionNotFound, StoreDamaged, UsageError
from engine.fingerprint import digest_file
from engine.store.backups.backup import copy_files, full_typed
from engine.store.backups.depot import Depot
from engine.store.backups.restore import Restored, bring_back
from engine.store.backups.underway import writing
from engine.store.catalogue.catalogue import now
from engine.store.generation import Generation, open_generation
from engine.store.inventory import StoredFile
from engine.store.layout import CollectionLayout, Home
from engine.store.listing import ListedFile

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Published:
    """Account of a publishing: files and bytes that were copied, and files that were there."""

    publication: Publication
    copied: int
    copied_bytes: int
    kept: int


def publish(
    home: Path,
    name: str,
    address: str,
    *,
    shards: int | None = None,
    generation: int | None = None,
    check: bool = False,
) -> Published:
    """Publish a generation of a collection, by default the current one, in so many shards, by default as many as
    before; one at first.

    Only what the storage lacks is copied, and the pointer is written last: those who read it see the publication before
    or this one. With `check` what is there is read, and replaced if it is damaged. UsageError for a number of shards
    out of bounds, and for another collection of that name; raises as `back_up`.
    """
    depot = Depot(address)
    what = f"the publication of {name!r}"
    with open_generation(home, name, generation) as opened, full_typed(address), writing(depot, what):
        before = _before(depot, opened)
        parts = shards if shards is not None else len(before.shards) if before else 1
        if not 1 <= parts <= layout.MOST_SHARDS:
            raise UsageError(f"A collection has 1 to {layout.MOST_SHARDS} shards, not {parts}.")
        with tempfile.TemporaryDirectory(prefix="winnow-publish-") as folder:
            scratch = Home(Path(folder)).collection(opened.layout.uuid)
            scratch.segments.mkdir(parents=True)
            return _publish(depot, opened, parts, scratch, before, check)


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
    except StoreDamaged as error:  # to publish again is the remedy
        log.warning("What was published before is left out of account: %s", error.message)
        return None
    if before.manifest.uuid != opened.manifest.uuid:
        raise UsageError(
            f"{depot.address} holds another collection {opened.manifest.collection!r}.",
            "Publish to another address, or rename this collection.",
        )
    return before


def _publish(
    depot: Depot, opened: Generation, shards: int, scratch: CollectionLayout, before: Publication | None, check: bool
) -> Published:
    done = split(opened, shards, scratch, depot, before.stored if before else None, check=check)
    lying = files_of(done, opened, scratch)
    copied = set[str]()
    for place, files in lying.items():
        copied |= copy_files(depot, place.root, files, check=check)
    files = sorted([*(file for some in lying.values() for file in some), *done.known], key=lambda file: file.path)
    assigned = assign(done.manifest.segments, shards, before.shards if before else ())
    made = make_publication(now(), done.manifest, files, assigned, _statistics(depot, opened, scratch.root, check))
    if before is not None and _same(before, made):
        made = before
    else:
        write_publication(depot, made)
    sizes = {file.sha256: file.size for file in files}
    return Published(made, len(copied), sum(map(sizes.__getitem__, copied)), len(sizes) - len(copied))


def _same(one: Publication, other: Publication) -> bool:
    """Whether two publications differ in their names and times at most."""
    return one == replace(other, stored=replace(other.stored, id=one.id, created_at=one.stored.created_at))


def _statistics(depot: Depot, opened: Generation, folder: Path, check: bool) -> dict[str, ListedFile]:
    """Write and copy the files of statistics; they are the same whether or not segments were split."""
    counted = list(zip(opened.segments, opened.tombstones, strict=True))
    write_terms(folder / TERMS, counted)
    write_words(folder / WORDS, [segment for segment, _ in counted])
    made = {}
    for name in (TERMS, WORDS):
        path = folder / name
        made[name] = ListedFile(path.stat().st_size, digest_file(path))
    files = [StoredFile(name, file.size, file.sha256) for name, file in made.items()]
    copy_files(depot, folder, files, check=check)
    return made
