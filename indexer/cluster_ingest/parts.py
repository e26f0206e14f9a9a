"""One partition as a part of a collection on shared storage: made by a worker, in a home of its own.

    parts/<collection>/<digest of the partition>.json    its segment and its report; its files are objects of the depot

A part is written last and whole, so a worker that ends before it leaves nothing that counts.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.cluster.published.publication import AGAIN
from engine.cluster.published.unnamed import PARTS
from engine.store import names
from engine.store.backups.backup import MOST_BYTES, Backup, copy_files, full_typed
from engine.store.backups.depot import Depot
from engine.store.catalogue.catalogue import now
from engine.store.generation import Generation, open_generation
from engine.store.inventory import inventory
from engine.store.layout import CollectionLayout, Home
from engine.store.manifest import Manifest
from engine.store.roots import Roots
from engine.store.sealed import seal, unseal
from engine.store.segments.merged import Source, write_merged
from indexer.cluster_ingest.partitions import Partition
from indexer.folders.naming import Folders
from indexer.folders.selection import Selection
from indexer.ingest import ingest_sources
from indexer.report import IngestReport, Problem


@dataclass(frozen=True, slots=True)
class Job:
    """A partition, and how documents are made of it. `name` is that of the part."""

    partition: Partition
    name: str
    address: str
    collection: str
    encoder: str
    reranker: str
    chunker: str
    roots: Roots


@dataclass(frozen=True, slots=True)
class Part:
    """Outcome of a partition: `stored` has the files and the manifest of its one segment, None of no document."""

    stored: Backup | None
    chunks: int
    problems: Mapping[str, tuple[Problem, ...]]  # by the fields of a report


class _Named(Folders):
    """Names documents by roots that were chosen elsewhere."""

    def __init__(self, roots: Roots) -> None:
        super().__init__(Selection(()))
        self._given = roots

    def choose(self, roots: Roots, hashes: Mapping[str, str], uris: Callable[[], Mapping[str, str]]) -> None:
        self.roots = self._given


def make_part(job: Job) -> str:
    """Parse, cut and embed a partition, and store its part; its name. What is there already is not made again.

    Raises as `ingest_sources`; DiskFull.
    """
    depot = Depot(job.address)
    if not has_part(depot, job.collection, job.name):
        with tempfile.TemporaryDirectory(prefix="winnow-part-") as folder:
            home = Path(folder) / "home"
            report = ingest_sources(
                job.partition.sources(),
                home=home,
                collection=job.collection,
                encoder=job.encoder,
                reranker=job.reranker,
                chunker=job.chunker,
                text_first=False,
                folders=_Named(job.roots),
            )
            scratch = Home(Path(folder) / "scratch").collection("0" * 32)
            stored = _stored(depot, job, home, scratch) if report.generation else None
            with full_typed(job.address):
                depot.write(_file(job.collection, job.name), seal(_to_json(stored, report)))
    return job.name


def has_part(depot: Depot, collection: str, name: str) -> bool:
    """Whether a part is there, whole."""
    return depot.size(_file(collection, name)) is not None


def read_part(depot: Depot, collection: str, name: str) -> Part:
    """A part that is there. StoreDamaged."""
    origin = f"{depot.address}/{_file(collection, name)}"
    data = unseal(depot.read(_file(collection, name), MOST_BYTES), origin)
    with names.typed(origin, "a part", AGAIN):
        stored = None if data["stored"] is None else Backup.from_json(data["stored"])
        chunks = names.whole_number(data["chunks"], "a number of chunks")
        problems = {kind: tuple(Problem(**one) for one in data["problems"][kind]) for kind in _PROBLEMS}
        return Part(stored, chunks, problems)


def segment_id(name: str) -> str:
    """The name of the segment of a part, which follows from that of the part."""
    return f"{int(name[:14], 16):018d}-{name[14:22]}"


_PROBLEMS = ("failed", "skipped", "warnings")


def _stored(depot: Depot, job: Job, home: Path, scratch: CollectionLayout) -> Backup | None:
    """Write all that was ingested as one segment of its own name, and copy its files to the depot."""
    with open_generation(home, job.collection) as opened:
        manifest = _whole(opened, scratch, segment_id(job.name))
    if manifest is None:
        return None
    files = inventory(scratch, manifest)
    with full_typed(job.address):
        copy_files(depot, scratch.root, files)
    return Backup(f"{PARTS}-{job.name}", now(), manifest, tuple(files))


def _whole(opened: Generation, scratch: CollectionLayout, name: str) -> Manifest | None:
    scratch.segments.mkdir(parents=True)
    sources = [Source(*pair) for pair in zip(opened.segments, opened.tombstones, strict=True)]
    entry = write_merged(scratch, name, sources, opened.manifest.query_fingerprint.dimension)
    return None if entry is None else replace(opened.manifest, segments=(entry,))


def _to_json(stored: Backup | None, report: IngestReport) -> dict[str, Any]:
    problems = {kind: [problem.to_json() for problem in getattr(report, kind)] for kind in _PROBLEMS}
    return {"made_at": now(), "stored": stored and stored.to_json(), "chunks": report.chunks, "problems": problems}


def _file(collection: str, name: str) -> str:
    return f"{PARTS}/{collection}/{name}.json"
