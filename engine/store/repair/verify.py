"""Checking everything that can be checked of a collection's current generation."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import CatalogueMissing, StoreDamaged, WinnowError
from engine.store.catalogue.catalogue import Catalogue, CollectionRow
from engine.store.catalogue.sqlite_file import database_problems
from engine.store.generation import Generation, open_generation
from engine.store.layout import CollectionLayout, Home
from engine.store.manifest import Manifest, read_manifest
from engine.store.repair.integrity import file_problems, unlisted_files, vector_set_problems
from engine.store.repair.segment_checks import segment_problems
from engine.store.sealed import read_sealed, written_in
from engine.store.segments.tombstones import read_tombstones
from engine.store.segments.vector_sets import begun_sets

_COPIED_SINCE = 2  # the format since which manifests have copies
CUT_SHORT = "is an embedding that was cut short; it can be gone on with"


@dataclass(frozen=True, slots=True)
class Report:
    """`problems` is empty for a whole collection; `notes` tells of harmless leftovers; the rest counts the living."""

    problems: tuple[str, ...]
    notes: tuple[str, ...]
    segments: int = 0
    documents: int = 0
    chunks: int = 0


@dataclass(slots=True)
class _Findings:
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def verify(home: Path, name: str) -> Report:
    """Read every byte of the current generation. Damage is reported; CollectionNotFound and CatalogueMissing raise."""
    row = Catalogue(home).get(name)
    layout = Home(home).collection(row.uuid)
    findings = _Findings()
    findings.problems += database_problems(home)
    _check_identity(layout, row, findings)
    try:
        generation = open_generation(home, name)
    except (StoreDamaged, CatalogueMissing) as error:
        return Report((*findings.problems, str(error)), tuple(findings.notes))
    with generation:
        _check_generation(generation, findings)
        _check_older(layout, generation.manifest, findings)
        living = generation.manifest.living
        segments = len(generation.segments)
    return Report(tuple(findings.problems), tuple(findings.notes), segments, living.documents, living.chunks)


def _check_identity(layout: CollectionLayout, row: CollectionRow, findings: _Findings) -> None:
    try:
        identity = read_sealed(layout.identity)
    except WinnowError as error:
        findings.problems.append(str(error))
        return
    if (identity.get("uuid"), identity.get("name")) != (row.uuid, row.name):
        findings.problems.append(f"{layout.identity} names another collection than the catalogue does")


def _check_generation(generation: Generation, findings: _Findings) -> None:
    manifest, layout = generation.manifest, generation.layout
    living_ids: Counter[str] = Counter()
    for position, entry in enumerate(manifest.segments):
        damaged = list(file_problems(layout, entry, checksums=True))
        findings.problems += damaged
        if damaged:
            continue  # nothing in it can be trusted, not even to be read
        findings.notes += [f"{path} is not part of its segment" for path in unlisted_files(layout, entry)]
        segment, deleted = generation.segments[position], read_tombstones(layout, entry)
        findings.problems += segment_problems(segment, deleted, manifest.metadata_schema)
        ids = segment.documents.column("id").to_pylist()
        living_ids.update(
            ids if deleted is None else (i for i, gone in zip(ids, deleted.documents, strict=True) if not gone)
        )
    for upcoming in manifest.upcoming.vectors.values() if manifest.upcoming else ():
        findings.problems += vector_set_problems(layout, upcoming, checksums=True)
    for document_id, count in living_ids.items():
        if count > 1:
            findings.problems.append(f"document {document_id!r} is alive {count} times")


def _check_older(layout: CollectionLayout, current: Manifest, findings: _Findings) -> None:
    """Older generations must be readable, as the sweeper needs them; what none of them names is noted."""
    named = {entry.id for entry in current.segments}
    tombstones = {entry.tombstones.name for entry in current.segments if entry.tombstones}
    vectors = current.vector_sets
    for number in layout.manifests():
        try:
            manifest = read_manifest(layout, number)
        except WinnowError as error:
            if number != current.generation:
                findings.problems.append(str(error))
            continue
        named |= {entry.id for entry in manifest.segments}
        tombstones |= {entry.tombstones.name for entry in manifest.segments if entry.tombstones}
        vectors |= manifest.vector_sets
        if number > current.generation:
            findings.notes.append(f"generation {number} is younger than the current one: its commit was cut short")
        elif number != current.generation:
            findings.notes.append(f"generation {number} is kept")
    _check_copies(layout, findings)
    _note_leftovers(layout, named, tombstones, vectors, findings)


def _check_copies(layout: CollectionLayout, findings: _Findings) -> None:
    """Each manifest has a copy that can be read, unless an older Winnow wrote it."""
    for number in layout.manifests():
        if not layout.manifest_copy(number).exists() and written_in(layout.manifest(number)) < _COPIED_SINCE:
            continue
        try:
            read_manifest(layout, number, copy=True)
        except WinnowError as error:
            findings.problems.append(str(error))


def _note_leftovers(
    layout: CollectionLayout, named: set[str], tombstones: set[str], vectors: set[str], findings: _Findings
) -> None:
    leftovers = [path for path in layout.segments.iterdir() if path.name not in named]
    leftovers += [path for path in layout.tombstones.iterdir() if path.name not in tombstones]
    if layout.vectors.is_dir():
        begun = begun_sets(layout, named)
        findings.notes += [f"{path} {CUT_SHORT}" for path in begun]
        leftovers += [path for path in layout.vectors.iterdir() if path.name not in vectors and path not in begun]
    findings.notes += [f"{path} is named by no generation; it will be swept" for path in sorted(leftovers)]
