"""Tombstones: which rows of a segment are deleted in a generation, and how often each term occurs in them.

One immutable file per segment and generation that changed it. With the counts of their terms a generation knows its
living document frequencies without reading a forward index.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import StoreDamaged
from engine.store.files import write_durably
from engine.store.layout import CollectionLayout, tombstone_name
from engine.store.manifest import SegmentEntry, TombstoneEntry
from engine.types import RowMask

_REMEDY = "Run `winnow repair` with the collection's name."


@dataclass(frozen=True, slots=True)
class Tombstones:
    """Deleted rows of one segment, cumulative.

    `chunks` and `documents` flag deleted rows, shapes (chunks,) and (documents,). `counts[i]` deleted chunks hold the
    term with number `term_ids[i]` in the segment's dictionary; term ids ascend.
    """

    chunks: RowMask
    documents: RowMask
    term_ids: NDArray[np.uint32]
    counts: NDArray[np.uint32]

    @staticmethod
    def none(chunks: int, documents: int) -> Tombstones:
        nothing = np.empty(0, np.uint32)
        return Tombstones(np.zeros(chunks, bool), np.zeros(documents, bool), nothing, nothing)

    def with_more(
        self, chunks: RowMask, documents: RowMask, term_ids: NDArray[np.uint32], counts: NDArray[np.uint32]
    ) -> Tombstones:
        """Tombstones of these and of newly deleted rows, which were alive before, with the terms of the newly deleted
        chunks.
        """
        all_ids = np.union1d(self.term_ids, term_ids)
        total = np.zeros(len(all_ids), np.uint32)
        total[np.searchsorted(all_ids, self.term_ids)] += self.counts
        total[np.searchsorted(all_ids, term_ids)] += counts
        return Tombstones(self.chunks | chunks, self.documents | documents, all_ids.astype(np.uint32), total)

    def deleted_frequency(self, term_id: int) -> int:
        """How many deleted chunks hold the term."""
        place = int(np.searchsorted(self.term_ids, term_id))
        found = place < len(self.term_ids) and int(self.term_ids[place]) == term_id
        return int(self.counts[place]) if found else 0


def write_tombstones(layout: CollectionLayout, segment_id: str, generation: int, deleted: Tombstones) -> TombstoneEntry:
    """Make a segment's tombstones durable under a name of their generation."""
    buffer = io.BytesIO()
    np.savez(
        buffer,
        chunks=np.packbits(deleted.chunks),
        documents=np.packbits(deleted.documents),
        term_ids=deleted.term_ids,
        counts=deleted.counts,
    )
    name = tombstone_name(segment_id, generation)
    data = buffer.getvalue()
    write_durably(layout.tombstone(name), data)
    return TombstoneEntry(name, hashlib.sha256(data).hexdigest())


def read_tombstones(layout: CollectionLayout, entry: SegmentEntry) -> Tombstones | None:
    """A segment's tombstones in the generation of this entry; None if all its rows live. StoreDamaged."""
    if entry.tombstones is None:
        return None
    path = layout.tombstone(entry.tombstones.name)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise StoreDamaged(f"{path} cannot be read: {error}.", _REMEDY) from error
    if hashlib.sha256(raw).hexdigest() != entry.tombstones.sha256:
        raise StoreDamaged(f"{path} does not match its checksum.", _REMEDY)
    with np.load(io.BytesIO(raw), allow_pickle=False) as data:
        return Tombstones(
            np.unpackbits(data["chunks"], count=entry.chunks).astype(bool),
            np.unpackbits(data["documents"], count=entry.documents).astype(bool),
            data["term_ids"],
            data["counts"],
        )
