"""Whether a segment's files are those that were committed: present, of the right size, of the right checksum."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.errors import WinnowError
from engine.fingerprint import digest_file
from engine.store.layout import SEGMENT_FILE, VECTORS_DIRECTORY, VECTORS_FILE, CollectionLayout
from engine.store.listing import read_listing
from engine.store.manifest import Manifest, SegmentEntry, VectorsEntry, read_manifest
from engine.store.segments.writer import segment_files

SUPERSEDED = "superseded vectors"


def file_problems(layout: CollectionLayout, entry: SegmentEntry, *, checksums: bool) -> Iterator[str]:
    """Problems of the files of a segment and its tombstones; their contents are read only for `checksums`."""
    directory = layout.segment(entry.id)
    path = directory / SEGMENT_FILE
    if not path.is_file():
        yield f"{path} is missing"
        return
    if digest_file(path) != entry.checksum:
        yield f"{path} does not match the manifest's checksum"
        return
    yield from _listed_problems(path, checksums)
    if entry.vectors is not None:
        yield from vector_set_problems(layout, entry.vectors, checksums=checksums)
    if entry.tombstones is not None:
        yield from _problem(layout.tombstone(entry.tombstones.name), None, entry.tombstones.sha256)


def vector_set_problems(layout: CollectionLayout, entry: VectorsEntry, *, checksums: bool) -> Iterator[str]:
    """Problems of vectors that came after their segment."""
    path = layout.vector_set(entry.name) / VECTORS_FILE
    if not path.is_file():
        yield f"{path} is missing"
    elif digest_file(path) != entry.sha256:
        yield f"{path} does not match the manifest's checksum"
    else:
        yield from _listed_problems(path, checksums)


def _listed_problems(listing: Path, checksums: bool) -> Iterator[str]:
    """Problems of the files beside a sealed list of sizes and checksums."""
    for name, expected in read_listing(listing).items():
        yield from _problem(listing.parent / name, expected.size, expected.sha256 if checksums else None)


def damaged_parts(layout: CollectionLayout, entry: SegmentEntry) -> set[str]:
    """The parts of a segment that are not as committed: names in its directory, or "tombstones". Reads every byte.

    With segment.json damaged nothing is known of the others: then it alone is named. VECTORS_DIRECTORY means the
    vectors in use; SUPERSEDED those in the segment's directory where others came after them.
    """
    directory = layout.segment(entry.id)
    path = directory / SEGMENT_FILE
    parts = set()
    if entry.tombstones is not None:
        parts |= {
            "tombstones" for _ in _problem(layout.tombstone(entry.tombstones.name), None, entry.tombstones.sha256)
        }
    beside = () if entry.vectors is None else vector_set_problems(layout, entry.vectors, checksums=True)
    in_use = {VECTORS_DIRECTORY for _ in beside}
    if not path.is_file() or digest_file(path) != entry.checksum:
        return parts | in_use | {SEGMENT_FILE}
    for name, expected in read_listing(path).items():
        parts |= {Path(name).parts[0] for _ in _problem(directory / name, expected.size, expected.sha256)}
    if entry.vectors is not None and VECTORS_DIRECTORY in parts:
        parts = parts - {VECTORS_DIRECTORY} | {SUPERSEDED}
    return parts | in_use


def unlisted_files(layout: CollectionLayout, entry: SegmentEntry) -> list[Path]:
    """Files in a segment's directory that segment.json does not name."""
    directory = layout.segment(entry.id)
    listed = read_listing(directory / SEGMENT_FILE)
    return [path for path in segment_files(directory) if str(path.relative_to(directory)) not in listed]


def newest_whole(layout: CollectionLayout) -> Manifest | None:
    """The manifest of the youngest generation whose files are all there, or None. Reads no data."""
    for number in reversed(layout.manifests()):
        try:
            manifest = read_manifest(layout, number)
            problems = [p for entry in manifest.segments for p in file_problems(layout, entry, checksums=False)]
        except WinnowError:
            continue
        if not problems:
            return manifest
    return None


def _problem(path: Path, size: int | None, sha256: str | None) -> Iterator[str]:
    if not path.is_file():
        yield f"{path} is missing"
    elif size is not None and path.stat().st_size != size:
        yield f"{path} has {path.stat().st_size} bytes instead of {size}"
    elif sha256 is not None and digest_file(path) != sha256:
        yield f"{path} does not match its checksum"
