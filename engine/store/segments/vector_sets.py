"""Vectors that come after their segment: its text was committed first, or another model takes over.

A set is a directory beside the segments, with vectors.json over its files. It is written block by block: what was
appended survives a kill, and whoever embeds the segment with that model next goes on from there.
"""

from __future__ import annotations

import hashlib
import secrets
import shutil
from collections.abc import Container
from pathlib import Path
from typing import BinaryIO

from engine.errors import StoreDamaged
from engine.fingerprint import QueryFingerprint, digest_json
from engine.store.files import disk_full_typed, fsync_path, fsync_tree, make_directories, write_durably
from engine.store.layout import VECTORS_FILE, CollectionLayout
from engine.store.listing import describe
from engine.store.manifest import SegmentEntry, VectorsEntry
from engine.store.sealed import read_sealed, seal
from engine.store.segments.batch import check_finite
from engine.types import Float32
from engine.vectors.files import FILES, append_vectors, index_vectors

PARTIAL = ".partial"
_PROGRESS = "progress.json"


class VectorSetWriter:
    """Writes the vectors of one segment, in the order of its rows. The caller holds the writer's lock.

    `rows` is how many are there already, from an attempt that was cut short. Every method raises DiskFull and
    StorageFailed; what was appended before is kept.
    """

    def __init__(self, layout: CollectionLayout, entry: SegmentEntry, model: QueryFingerprint) -> None:
        self._layout = layout
        self._entry = entry
        self._dimension = model.dimension
        self._directory = layout.vector_set(f"{entry.id}.{digest_json(model.to_json())[:16]}{PARTIAL}")
        with disk_full_typed(layout.root):
            self.rows = self._resume()

    def append(self, vectors: Float32) -> None:
        """The vectors of the next rows, shape (n, d); durable when it returns. UsageError for NaN and infinity."""
        check_finite(vectors)
        with disk_full_typed(self._layout.root):
            append_vectors(self._directory, vectors)
            for name in FILES:
                fsync_path(self._directory / name)
            self.rows += len(vectors)
            write_durably(self._directory / _PROGRESS, seal({"rows": self.rows}))

    def finish(self) -> VectorsEntry:
        """The whole set, for a manifest to name. StoreDamaged if rows are missing."""
        if self.rows != self._entry.chunks:
            raise StoreDamaged(f"{self._directory} has {self.rows} of {self._entry.chunks} rows.", "Run it again.")
        with disk_full_typed(self._layout.root):
            return self._finished()

    def _finished(self) -> VectorsEntry:
        index_vectors(self._directory, self.rows, self._dimension)
        files = describe({path.name: path for path in sorted(self._directory.iterdir()) if path.name != _PROGRESS})
        data = seal({"segment": self._entry.id, "rows": self.rows, "dimension": self._dimension, "files": files})
        (self._directory / VECTORS_FILE).write_bytes(data)
        fsync_tree(self._directory)
        name = f"{self._entry.id}.{secrets.token_hex(4)}"  # random, so that a leftover of a crash is never reused
        self._directory.rename(self._layout.vector_set(name))
        (self._layout.vector_set(name) / _PROGRESS).unlink(missing_ok=True)
        fsync_path(self._layout.vectors)
        return VectorsEntry(name, hashlib.sha256(data).hexdigest())

    def _resume(self) -> int:
        """Cut the files back to what was acknowledged, or begin again; returns the rows that are there."""
        try:
            rows = int(read_sealed(self._directory / _PROGRESS)["rows"])
            for path in self._directory.iterdir():
                if path.name not in (*FILES, _PROGRESS):
                    path.unlink()  # of a finish that failed
            for name, width in FILES.items():
                with (self._directory / name).open("r+b") as stream:
                    _cut(stream, rows * width(self._dimension))
        except (StoreDamaged, FileNotFoundError):
            shutil.rmtree(self._directory, ignore_errors=True)
            make_directories(self._directory)
            for name in FILES:
                (self._directory / name).touch()
            return 0
        return rows


def segment_of(directory: Path) -> str:
    """The segment whose vectors a set's directory holds, or is to hold."""
    return directory.name.partition(".")[0]


def begun_sets(layout: CollectionLayout, segments: Container[str]) -> list[Path]:
    """The sets, in order, that an embedding of one of these segments has begun and can go on with; what was begun for
    other segments is of no more use, and is swept.
    """
    paths = layout.vectors.iterdir() if layout.vectors.is_dir() else ()
    return sorted(path for path in paths if path.name.endswith(PARTIAL) and segment_of(path) in segments)


def _cut(stream: BinaryIO, size: int) -> None:
    if stream.seek(0, 2) < size:
        raise StoreDamaged(f"{stream.name} is shorter than acknowledged.", "It is made again.")
    stream.truncate(size)
