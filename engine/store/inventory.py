"""Every file that a generation consists of beside its manifest, with size and checksum: what a backup has to hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import StoreDamaged
from engine.fingerprint import digest_file
from engine.store import names
from engine.store.layout import SEGMENT_FILE, VECTORS_FILE, CollectionLayout
from engine.store.listing import ListedFile, read_listing
from engine.store.manifest import Manifest, SegmentEntry


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of a collection: its path relative to the collection's directory, size in bytes, SHA-256."""

    path: str
    size: int
    sha256: str

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> StoredFile:
        """Read it from JSON. StoreDamaged, KeyError or TypeError if it is none, such as a path that leads out of the
        collection.
        """
        file = ListedFile.from_json(data)
        return StoredFile(names.check_stored(data["path"]), file.size, file.sha256)


def inventory(layout: CollectionLayout, manifest: Manifest) -> list[StoredFile]:
    """The files by path, but for `upcoming`. Reads the lists of checksums, no more. StoreDamaged if one is altered."""
    return sorted((file for entry in manifest.segments for file in _files(layout, entry)), key=lambda file: file.path)


def _files(layout: CollectionLayout, entry: SegmentEntry) -> Iterator[StoredFile]:
    yield from _listed(layout, layout.segment(entry.id) / SEGMENT_FILE, entry.checksum)
    if entry.vectors is not None:
        yield from _listed(layout, layout.vector_set(entry.vectors.name) / VECTORS_FILE, entry.vectors.sha256)
    if entry.tombstones is not None:
        path = layout.tombstone(entry.tombstones.name)
        yield _stored(layout, path, entry.tombstones.sha256)


def _listed(layout: CollectionLayout, listing: Path, sha256: str) -> Iterator[StoredFile]:
    """A sealed list of files, and the files that it names, which lie beside it."""
    if not listing.is_file() or digest_file(listing) != sha256:
        raise StoreDamaged(f"{listing} is missing or does not match the manifest's checksum.", "Run `winnow verify`.")
    yield _stored(layout, listing, sha256)
    for name, file in read_listing(listing).items():
        path = (listing.parent / name).relative_to(layout.root)
        yield StoredFile(path.as_posix(), file.size, file.sha256)


def _stored(layout: CollectionLayout, path: Path, sha256: str) -> StoredFile:
    try:
        return StoredFile(path.relative_to(layout.root).as_posix(), path.stat().st_size, sha256)
    except FileNotFoundError:
        raise StoreDamaged(f"{path} is missing.", "Run `winnow verify`.") from None
