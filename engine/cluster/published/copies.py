"""A machine's copy of what it serves: files of a publication on its own disk, each checked before it is used.

What is there already, of an older publication or an earlier run, is not copied again. The copy may be removed at any
time that nobody serves it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from engine.cluster.generation import Known
from engine.cluster.published.publication import TERMS, WORDS, Publication
from engine.cluster.published.statistics import PublishedStatistics, read_words
from engine.cluster.shard import Shard
from engine.errors import DiskFull
from engine.store.backups.backup import full_typed
from engine.store.backups.depot import Depot
from engine.store.backups.restore import fetch_file
from engine.store.digests import digests_of
from engine.store.generation import Generation
from engine.store.inventory import StoredFile
from engine.store.layout import CollectionLayout, Home
from engine.store.locks import Lock

_INCOMING, _STATISTICS = "incoming", "statistics"
_SWEPT = ("segments", "vectors", "tombstones")


def copy_shard(depot: Depot, publication: Publication, shard: int, folder: Path) -> Shard:
    """Copy what is missing of a shard to a folder, and open it. StoreDamaged; DiskFull before anything is copied."""
    layout = _layout(publication, folder)
    copy_files_here(depot, publication.files_of(shard), layout.root)
    mine = set(publication.shards[shard])
    segments = tuple(entry for entry in publication.manifest.segments if entry.id in mine)
    return Shard(Generation(layout, replace(publication.manifest, segments=segments), Lock(None)))


def copy_statistics(depot: Depot, publication: Publication, folder: Path, shell: Generation) -> Known:
    """Copy the statistics of a publication to a folder, and read them; `shell` has its manifest. As `copy_shard`."""
    terms, words = fetch_statistics(depot, publication, folder)
    return Known(shell, PublishedStatistics(terms, publication.manifest.living), read_words(words))


def fetch_statistics(depot: Depot, publication: Publication, folder: Path) -> tuple[Path, Path]:
    """Copy the statistics of a publication to a folder; their two files. As `copy_shard`."""
    root, files = folder / _STATISTICS, publication.statistics
    copy_files_here(depot, [StoredFile(file.sha256, file.size, file.sha256) for file in files.values()], root)
    return root / files[TERMS].sha256, root / files[WORDS].sha256


def sweep_statistics(folder: Path, kept: Iterable[Publication]) -> None:
    """Remove from a folder the statistics that none of these publications has."""
    names = {file.sha256 for publication in kept for file in publication.statistics.values()}
    for path in (folder / _STATISTICS).iterdir():
        if path.name not in names and path.is_file():
            path.unlink(missing_ok=True)


def sweep_copies(folder: Path, kept: Iterable[tuple[Publication, int]]) -> None:
    """Remove from a folder the files of shards that none of these publications has, each with its number; those of
    another collection that had the name, and what a copy that was cut short left. The caller has the folder alone.
    """
    names: dict[Path, set[tuple[str, ...]]] = {}
    for publication, shard in kept:
        files = publication.files_of(shard)
        parts = {tuple(file.path.split("/")[:2]) for file in files}
        names.setdefault(_layout(publication, folder).root, set()).update(parts)
    roots = Home(folder).collections
    for root in roots.iterdir() if roots.is_dir() and names else ():
        if root not in names and root.is_dir():
            shutil.rmtree(root)
    for root, parts in names.items():
        for arriving in (root / _INCOMING).glob("*"):
            arriving.unlink(missing_ok=True)
        for within in _SWEPT:
            for path in (root / within).iterdir() if (root / within).is_dir() else ():
                if (within, path.name) not in parts:
                    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def _layout(publication: Publication, folder: Path) -> CollectionLayout:
    return Home(folder).collection(publication.manifest.uuid)


def copy_files_here(depot: Depot, files: Iterable[StoredFile], root: Path) -> None:
    """Copy the files that are not there, whole. What another process copies at the same time is copied twice.

    StoreDamaged; DiskFull before anything is copied. Syncing is the caller's.
    """
    root.mkdir(parents=True, exist_ok=True)
    missing = [file for file in files if not _is_there(root, file)]
    total, free = sum(file.size for file in missing), shutil.disk_usage(root).free
    if total > free:
        raise DiskFull(f"{total:,} bytes are missing, and {root} has room for {free:,}.", "Free some space.")
    incoming = root / _INCOMING
    incoming.mkdir(exist_ok=True)
    with full_typed(str(root)):
        for file in missing:
            arriving = incoming / f"{file.sha256}.{os.getpid()}"
            arriving.unlink(missing_ok=True)
            try:
                fetch_file(depot, file, arriving)
                target = root / file.path
                target.parent.mkdir(parents=True, exist_ok=True)
                arriving.replace(target)
            finally:
                arriving.unlink(missing_ok=True)


def _is_there(root: Path, file: StoredFile) -> bool:
    path = root / file.path
    return path.is_file() and path.stat().st_size == file.size and digests_of(root).digest(path) == file.sha256
