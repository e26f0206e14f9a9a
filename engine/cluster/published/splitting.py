"""Large segments in parts, so that shards are even: a collection at rest is often one segment.

A part is written as a merge writes a segment (engine/store/segments/merged.py): text and codes are copied, the lexical
index is made again. No answer depends on it. The name of a part follows from what it is a part of, so that publishing
again finds the parts that are there. Made again it has other bytes: what takes the place of one that is damaged has the
other of two names, for a replica may have both.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.store.backups.backup import Backup, is_there
from engine.store.backups.depot import Depot
from engine.store.generation import Generation
from engine.store.inventory import StoredFile, inventory
from engine.store.layout import CollectionLayout
from engine.store.manifest import Manifest, SegmentEntry
from engine.store.segments.merged import Source, write_merged
from engine.store.segments.tombstones import Tombstones

MOST_OF_SHARE = 1.25  # of a shard's fair share that a segment may have, beyond which it is split


@dataclass(frozen=True, slots=True)
class Split:
    """A generation in parts: `manifest` names them, `known` are files of parts that were published before, `written`
    the entries of those that were written now.
    """

    manifest: Manifest
    known: tuple[StoredFile, ...]
    written: frozenset[str]


def split(
    generation: Generation,
    shards: int,
    scratch: CollectionLayout,
    depot: Depot,
    before: Backup | None,
    *,
    check: bool = False,
) -> Split:
    """Split the generation's segments that are too large to be in one of so many shards, below `scratch`.

    Segments that wait for their vectors stay whole. `before` is what was published last to the depot; with `check` its
    parts are read, and those that are damaged made again.
    """
    share = generation.manifest.living.chunks / shards
    entries: list[SegmentEntry] = []
    known: list[StoredFile] = []
    written = set[str]()
    for position, entry in enumerate(generation.manifest.segments):
        parts = -(-entry.living.chunks // max(int(share), 1))
        if parts < 2 or entry.living.chunks <= MOST_OF_SHARE * share or not entry.embedded:
            entries.append(entry)
            continue
        for part, deleted in enumerate(_parts(generation, position, parts)):
            listed, name = _listed(before, [_name(entry, part, parts, turn) for turn in range(2)])
            made, files = _known(depot, before, listed, check)
            if made is None:
                source = Source(generation.segments[position], deleted)
                dimension = generation.manifest.query_fingerprint.dimension
                made = write_merged(scratch, name, [source], dimension)
                written.add(name)
            if made is not None:
                entries.append(made)
                known += files
    return Split(replace(generation.manifest, segments=tuple(entries)), tuple(known), frozenset(written))


def files_of(
    split: Split, generation: Generation, scratch: CollectionLayout
) -> Mapping[CollectionLayout, list[StoredFile]]:
    """The files of a split generation that lie below the collection's directory and below `scratch`."""
    known = {file.path.split("/")[1] for file in split.known}
    whole = [entry for entry in split.manifest.segments if entry.id not in split.written | known]
    new = [entry for entry in split.manifest.segments if entry.id in split.written]
    return {
        generation.layout: inventory(generation.layout, replace(split.manifest, segments=tuple(whole))),
        scratch: inventory(scratch, replace(split.manifest, segments=tuple(new))),
    }


def _parts(generation: Generation, position: int, parts: int) -> Iterator[Tombstones]:
    """For each part what it leaves out: deleted rows, and the documents of the others. Parts are runs of documents with
    equally many living chunks.
    """
    segment, deleted = generation.segments[position], generation.tombstones[position]
    gone = Tombstones.none(segment.entry.chunks, segment.entry.documents) if deleted is None else deleted
    owners = segment.document_rows
    living = np.bincount(owners[~gone.chunks], minlength=segment.entry.documents)
    before = np.cumsum(living) - living
    part_of = np.minimum(before * parts // max(int(living.sum()), 1), parts - 1)
    for part in range(parts):
        others = gone.documents | (part_of != part)
        nothing = np.empty(0, np.uint32)
        yield Tombstones(gone.chunks | others[owners], others, nothing, nothing)


def _name(entry: SegmentEntry, part: int, parts: int, turn: int) -> str:
    of = (entry.checksum, entry.tombstones and entry.tombstones.sha256, entry.vectors and entry.vectors.sha256)
    digest = hashlib.sha256(repr((*of, part, parts, *([turn] if turn else []))).encode()).hexdigest()
    return f"{entry.id.partition('-')[0]}-{digest[:8]}"


def _listed(before: Backup | None, names: Sequence[str]) -> tuple[SegmentEntry | None, str]:
    """Which of two names a part had before, if any, and the name that it has if it is made now."""
    known = {entry.id: entry for entry in before.manifest.segments} if before else {}
    for name, other in zip(names, reversed(names), strict=True):
        if name in known:
            return known[name], other
    return None, names[0]


def _known(
    depot: Depot, before: Backup | None, listed: SegmentEntry | None, check: bool
) -> tuple[SegmentEntry | None, Sequence[StoredFile]]:
    """A part as it was published before, if all of it is there still."""
    if before is None or listed is None:
        return None, ()
    files = [file for file in before.files if file.path.startswith(f"segments/{listed.id}/")]
    whole = all(is_there(depot, file, check) for file in files)
    return (listed, files) if whole else (None, ())
