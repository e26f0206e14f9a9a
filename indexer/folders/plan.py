"""The plan of an ingest, made without a model and without writing anything: every file is read, none is parsed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import CollectionNotFound
from engine.store.generation import open_generation
from engine.store.living import living_documents, living_uris
from indexer.folders.mirror import Mirror
from indexer.folders.naming import Folders
from indexer.folders.roots import renamed
from indexer.folders.selection import Selection
from indexer.replaced import Replaced, file_of
from indexer.report import Problem, summed
from indexer.sources.source import Failed, Skipped


@dataclass(slots=True)
class Plan:
    """Ids of documents by what would become of them; `renamed` has (old id, new id). `refused` says why what is gone
    would be kept, `warnings` what would be replaced by another file. Documents are counted as `unchanged` without being
    named.
    """

    collection: str
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    renamed: list[tuple[str, str]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    unchanged: int = 0
    failed: list[Problem] = field(default_factory=list)
    skipped: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    refused: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "collection": self.collection,
            "added": self.added,
            "changed": self.changed,
            "renamed": [{"from": old, "to": new} for old, new in self.renamed],
            "gone": self.gone,
            "unchanged": self.unchanged,
            "failed": [problem.to_json() for problem in self.failed],
            "skipped": [problem.to_json() for problem in self.skipped],
            "skipped_by_kind": summed(self.skipped),
            "warnings": [problem.to_json() for problem in self.warnings],
            "refused": self.refused,
        }


def plan(selection: Selection, *, home: Path, collection: str, mirror: bool = False, force: bool = False) -> Plan:
    """The plan of `indexer.ingest.ingest_selection`. SourceNotFound; UsageError.

    A file that cannot be parsed is seen by its ingest only: here it is added or changed.
    """
    made = Plan(collection)
    selection = selection.recalling(home, collection)
    step = Mirror.of(selection.held if mirror else (), force=force)
    folders = Folders(selection, step)
    hashes, uris = _stored(home, collection, folders)
    known = dict(hashes)
    seen: dict[str, str] = {}  # ids, and the file of each
    replaced = Replaced(uris.get, planned=True)
    for found in map(folders.named, selection.sources(home, or_gone=mirror and force)):
        match found:
            case Skipped():
                made.skipped.append(Problem(found.path, found.reason))
            case Failed():
                made.failed.append(Problem(found.path, found.reason, found.remedy))
                step.failed(found.path)
            case _:
                before = seen.get(found.id)
                seen[found.id] = file_of(found)
                if known.get(found.id) == found.content_hash:
                    made.unchanged += 1
                    continue
                old = step.moved(found, seen)
                if found.id in known:
                    replaced.add(found, before)
                if old is not None:
                    made.renamed.append((old, found.id))
                else:
                    (made.changed if found.id in known else made.added).append(found.id)
                known[found.id] = found.content_hash
    made.warnings = replaced.problems()
    made.gone = step.gone(seen.keys() | {old for old, _ in made.renamed})
    made.refused = step.refusal(made.gone)
    return made


def _stored(home: Path, collection: str, folders: Folders) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The content hashes and the addresses by the ids that documents will have; the folders learn what is stored."""
    try:
        with open_generation(home, collection) as generation:
            before = generation.manifest
            located = living_documents(generation.layout, before)
            uris = living_uris(generation.layout, before)
    except CollectionNotFound:
        folders.begin()
        return {}, {}
    hashes = {name: location.content_hash for name, location in located.items()}
    folders.choose(before.roots, hashes, lambda: uris)
    for old, stamp in renamed(before.roots, folders.roots, uris).items():
        hashes[stamp.id], uris[stamp.id] = hashes.pop(old), stamp.uri
        if stamp.id != old:
            del uris[old]
    if folders.mirror is not None:
        folders.mirror.compare(uris, hashes)
    return hashes, uris
