"""Removing what no reader can need: retired generations, and the files that only they or a crashed commit named.

Nothing is removed unless the caller holds the writer's lock, the catalogue knows the collection, collection.json
says the same UUID, and every manifest on disk can be read.
"""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from engine.errors import StoreDamaged, WinnowError
from engine.store.catalogue.catalogue import Catalogue
from engine.store.files import TEMPORARY, fsync_path, size_of_tree
from engine.store.layout import CollectionLayout
from engine.store.locks import Lock, lock_unpinned
from engine.store.manifest import Manifest, read_manifest
from engine.store.names import SEGMENT, TOMBSTONES, VECTOR_SET
from engine.store.sealed import read_sealed
from engine.store.segments.vector_sets import PARTIAL, segment_of

_PARTIAL_SECONDS = 7 * 86400  # an interrupted embedding may be long work, and is gone on with


@dataclass(frozen=True, slots=True)
class SweepReport:
    """`removed`: paths relative to the collection's directory, `bytes` in all. `refused`: why nothing was swept."""

    removed: tuple[str, ...] = ()
    refused: str = ""
    bytes: int = 0


def sweep(
    catalogue: Catalogue, layout: CollectionLayout, lock: Lock, grace_seconds: float, *, dry_run: bool = False
) -> SweepReport:
    """Remove generations that are neither current, nor pinned, nor retired for less than the grace period, then
    every segment, tombstone and temporary file that no remaining manifest names and that is older than it.

    A dry run removes nothing, and reports what would be."""
    if not lock.held:
        return SweepReport(refused="the writer's lock is not held")
    try:
        current = _current_generation(catalogue, layout)
        manifests = {number: read_manifest(layout, number) for number in layout.manifests()}
        if current not in manifests:
            raise StoreDamaged(f"generation {current} has no manifest")
    except WinnowError as error:
        return SweepReport(refused=str(error))
    oldest = time.time() - grace_seconds
    retired = [
        number
        for number in _retired(layout, list(manifests), current, oldest)
        if _remove_generation(layout, number, dry_run)
    ]
    left = [manifest for number, manifest in manifests.items() if number not in retired]
    unnamed = _unnamed(layout, left, oldest)
    size = sum(size_of_tree(path) if path.is_dir() else path.lstat().st_size for path in unnamed)
    if not dry_run:
        unnamed = [path for path in unnamed if _remove(path)]
    removed = [*(layout.manifest(number) for number in retired), *unnamed]
    return SweepReport(tuple(str(path.relative_to(layout.root)) for path in removed), bytes=size)


def _current_generation(catalogue: Catalogue, layout: CollectionLayout) -> int:
    """The generation that the catalogue names; a typed error if catalogue and directory are not of one mind."""
    identity = read_sealed(layout.identity)
    row = catalogue.get(str(identity["name"]))
    if not row.uuid == identity["uuid"] == layout.uuid:
        raise StoreDamaged(f"{layout.identity} says {identity['uuid']}, the catalogue {row.uuid}")
    return row.generation


def _retired(layout: CollectionLayout, numbers: list[int], current: int, oldest: float) -> list[int]:
    """Generations that have not been current since `oldest`: a successor that old exists, or they never were."""
    written = {number: layout.manifest(number).stat().st_mtime for number in numbers}
    retired = []
    for number in numbers:
        successors = [written[later] for later in numbers if number < later <= current]
        since = min(successors, default=written[number])
        if number != current and since <= oldest:
            retired.append(number)
    return retired


def _remove_generation(layout: CollectionLayout, number: int, dry_run: bool) -> bool:
    """Remove a manifest and its pin file, unless a reader holds the pin. Under the lock nobody can take it."""
    lock = lock_unpinned(layout.pin(number))
    if lock is None:
        return False
    with lock:
        if not dry_run:
            layout.manifest(number).unlink()
            fsync_path(layout.generations)
            layout.manifest_copy(number).unlink(missing_ok=True)
            layout.pin(number).unlink()
    return True


def _unnamed(layout: CollectionLayout, manifests: list[Manifest], oldest: float) -> list[Path]:
    """Old segments, tombstones, copies, pins and temporary files that none of the manifests names."""
    entries = [entry for manifest in manifests for entry in manifest.segments]
    segments = {entry.id for entry in entries}
    tombstones = {entry.tombstones.name for entry in entries if entry.tombstones is not None}
    doomed = [path for path in layout.segments.iterdir() if SEGMENT.fullmatch(path.name) and path.name not in segments]
    doomed += [p for p in layout.tombstones.iterdir() if TOMBSTONES.fullmatch(p.name) and p.name not in tombstones]
    doomed += _unnamed_vectors(layout, manifests, oldest)
    for directory in (layout.root, layout.generations, layout.tombstones):
        doomed += [path for path in directory.iterdir() if path.name.startswith(".") and path.suffix == TEMPORARY]
    gone = {*layout.pinned_files(), *layout.manifest_copies()} - set(layout.manifests())
    doomed += [path for number in gone for path in (layout.pin(number), layout.manifest_copy(number)) if path.exists()]
    return [path for path in doomed if path.lstat().st_mtime <= oldest]


def _unnamed_vectors(layout: CollectionLayout, manifests: list[Manifest], oldest: float) -> list[Path]:
    """Vector sets that no manifest names, and those in the making whose segment is gone, or that nobody has gone on
    with for long.
    """
    if not layout.vectors.is_dir():  # made by an older Winnow
        return []
    named = {name for manifest in manifests for name in manifest.vector_sets}
    found = list(layout.vectors.iterdir())
    doomed = [path for path in found if VECTOR_SET.fullmatch(path.name) and path.name not in named]
    segments = {entry.id for manifest in manifests for entry in manifest.segments}
    patience = oldest - _PARTIAL_SECONDS
    for path in found:
        if path.name.endswith(PARTIAL) and (segment_of(path) not in segments or path.stat().st_mtime <= patience):
            doomed.append(path)
    return doomed


def _remove(path: Path) -> bool:
    if path.suffix == ".lock":
        lock = lock_unpinned(path)
        if lock is None:
            return False
        with lock:
            path.unlink()
    elif path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
    return True
