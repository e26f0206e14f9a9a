"""Parts of a damaged segment that are left and can be proved to be as it was committed."""

from __future__ import annotations

import hashlib
import itertools
from pathlib import Path

from engine.errors import StoreDamaged
from engine.fingerprint import digest_file
from engine.store import FORMAT
from engine.store.files import write_durably
from engine.store.layout import (
    CHUNKS_FILE,
    DOCUMENTS_FILE,
    PARITY_FILE,
    SEGMENT_FILE,
    VECTORS_DIRECTORY,
    CollectionLayout,
)
from engine.store.listing import read_listing
from engine.store.manifest import LivingTotals, SegmentEntry
from engine.store.repair.salvage import salvaged_languages
from engine.store.segments.parity import Parity, read_parity
from engine.store.segments.writer import list_files, segment_json
from engine.vectors.files import INT8


def restore_text(layout: CollectionLayout, entry: SegmentEntry) -> list[str]:
    """Bring damaged text back by its parity, bit for bit; the paths of what was restored, relative to the collection's
    directory.
    """
    directory, restored = layout.segment(entry.id), []
    for name, parity in _parities(directory).items():
        path = directory / name
        if path.is_file() and path.stat().st_size == parity.size and digest_file(path) == parity.sha256:
            continue
        data = parity.recover(path)
        if data is not None and _listed(layout, entry, name) in (None, parity.sha256):
            write_durably(path, data)
            restored.append(str(path.relative_to(layout.root)))
    return restored


def whole_text(directory: Path) -> set[str]:
    """The files of text that match the checksums which their parity keeps, whatever has become of segment.json."""
    return {
        name
        for name, parity in _parities(directory).items()
        if (directory / name).is_file() and digest_file(directory / name) == parity.sha256
    }


def restore_listing(layout: CollectionLayout, entry: SegmentEntry, dimension: int) -> list[str]:
    """Write segment.json again where it is damaged and the files prove what it said; returns its path if it was."""
    path = layout.segment(entry.id) / SEGMENT_FILE
    if path.is_file() and digest_file(path) == entry.checksum:
        return []
    data = _proved_listing(layout.segment(entry.id), entry, dimension)
    if data is None:
        return []
    write_durably(path, data)
    return [str(path.relative_to(layout.root))]


def _proved_listing(directory: Path, entry: SegmentEntry, dimension: int) -> bytes | None:
    """segment.json, rebuilt from the files, if it has the manifest's checksum: then they are all whole.

    Which vectors were in it when it was written cannot be told from the entry: other vectors may have come since, of a
    model with another dimension, and an older version may have written it. So each possibility is tried.
    """
    languages = salvaged_languages(directory / DOCUMENTS_FILE, directory / CHUNKS_FILE)
    if languages is None:
        return None
    files, totals = list_files(directory), LivingTotals(entry.chunks, entry.documents)
    codes = files.get(f"{VECTORS_DIRECTORY}/{INT8}", {}).get("size", 0)
    dimensions = {None, dimension, codes // entry.chunks if entry.chunks else None}
    for tried, written_in in itertools.product(dimensions, range(1, FORMAT + 1)):
        data = segment_json(entry.id, totals, tried, languages, files, written_in)
        if hashlib.sha256(data).hexdigest() == entry.checksum:
            return data
    return None


def _listed(layout: CollectionLayout, entry: SegmentEntry, name: str) -> str | None:
    """The checksum that segment.json gives a file; None where segment.json is not as the manifest knows it."""
    path = layout.segment(entry.id) / SEGMENT_FILE
    if not path.is_file() or digest_file(path) != entry.checksum:
        return None
    listed = read_listing(path).get(name)
    return None if listed is None else listed.sha256


def _parities(directory: Path) -> dict[str, Parity]:
    """Parities by file; nothing where the parity is damaged, or an older version wrote the segment."""
    try:
        found = read_parity(directory / PARITY_FILE)
    except StoreDamaged:
        return {}
    return {name: parity for name, parity in found.items() if name in (DOCUMENTS_FILE, CHUNKS_FILE)}
