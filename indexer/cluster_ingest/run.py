"""Ingest on several machines: workers make parts of partitions, and one machine puts the parts together and publishes.

A part is named by its partition, so a run that was cut short is gone on with by running it again: what is there is not
made again. The collection is one of this machine as well, as `winnow cluster publish` has it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engine.cluster.published.copies import copy_files_here
from engine.cluster.published.publishing import Published, publish
from engine.errors import ModelMismatch, WriterBusy
from engine.models import LocalModels
from engine.store.backups.backup import Backup, full_typed
from engine.store.backups.depot import Depot
from engine.store.backups.underway import writing
from engine.store.files import fsync_path, fsync_tree
from engine.store.writer import CollectionWriter, open_writer
from indexer.choice import Sample
from indexer.chunking.chunker import Chunker
from indexer.chunking.kept import kind_for
from indexer.cluster_ingest.partitions import partitions
from indexer.cluster_ingest.parts import Job, has_part, make_part, read_part, segment_id
from indexer.cluster_ingest.pruning import prune
from indexer.configuring import collection_config, is_there, model_names, remarks_on_reranker
from indexer.folders.naming import Folders
from indexer.folders.selection import Selection
from indexer.prompting import NO_PROMPTS, encoder_for
from indexer.report import IngestReport, Problem
from indexer.sources.ignoring import ignoring
from indexer.sources.walk import Failed, Skipped, walk

log = logging.getLogger(__name__)

PARTITION_BYTES = 8 << 20
Runner = Callable[[Sequence[Job]], Iterator[str]]  # makes the parts of jobs, and yields their names as they are made
Watch = Callable[[int, int], None]  # of so many partitions so many are done


@dataclass(frozen=True, slots=True)
class Ingested:
    """Account of an ingest: what it published, and how many partitions were made now and before."""

    report: IngestReport
    published: Published
    made: int
    known: int


def here(jobs: Sequence[Job]) -> Iterator[str]:
    """A runner that makes parts in this process, one after another."""
    return map(make_part, jobs)


def cluster_ingest(
    paths: Sequence[Path],
    *,
    home: Path,
    collection: str,
    address: str,
    run: Runner,
    encoder: str | None = None,
    reranker: str | None = None,
    chunker: str | None = None,
    shards: int | None = None,
    partition_bytes: int = PARTITION_BYTES,
    watch: Watch = lambda done, total: None,
) -> Ingested:
    """Read files and folders, which all workers can read at these paths, into a collection of `home`, and publish it.

    A partition that changed since an earlier run is read as a whole; documents of files that are gone stay.

    Raises:
        SourceNotFound: there is nothing at a path. The report lists documents that could not be read.
        WriterBusy, ModelMismatch, UsageError, DiskFull: as `ingest` and `publish`; parts that were made stay.
    """
    started, selection = time.monotonic(), Selection(tuple(paths))
    report, folders = IngestReport(collection), Folders(selection)
    files = list(_files(selection, home, report))
    if not is_there(home, collection):
        folders.begin()
    kind, remarks = kind_for(home, collection, chunker)
    names = _models(selection, home, collection, encoder, reranker, report)
    model, more_remarks = encoder_for(home, collection, names["encoder"], LocalModels(), NO_PROMPTS)
    report.notes += remarks + more_remarks
    config = replace(collection_config(names, model, Chunker.for_encoder(model, kind)), roots=folders.roots)
    with open_writer(home, collection, config) as writer:
        folders.declare(writer)
        made_by = repr((config.query_fingerprint, config.index_fingerprint, folders.roots))
        jobs = [
            Job(
                part,
                part.name(made_by),
                address,
                collection,
                names["encoder"],
                names["reranker"],
                kind.name,
                folders.roots,
            )
            for part in partitions(files, partition_bytes)
        ]
        depot = Depot(address)
        with writing(depot, f"the ingest of {collection!r}"):
            made = _fill(writer, depot, jobs, report, run, watch)
            report.generation = writer.manifest.generation
            published = publish(home, collection, address, shards=shards)
        try:
            prune(depot, collection, {job.name for job in jobs})
        except WriterBusy as error:  # the next ingest does it
            log.info("Old parts of %r stay for now: %s", collection, error)
    report.seconds = time.monotonic() - started
    return Ingested(report, published, made, len(jobs) - made)


def _models(
    selection: Selection,
    home: Path,
    collection: str,
    encoder: str | None,
    reranker: str | None,
    report: IngestReport,
) -> dict[str, str]:
    """The models, as an ingest of one machine chooses them."""
    names = model_names(home, collection, encoder, reranker)
    report.notes += remarks_on_reranker(home, collection, names["reranker"])
    if not names["encoder"]:
        sampled = Sample(selection.sample(home)).languages
        names["encoder"] = sampled.encoder()
        report.notes += sampled.remarks_on_choice()
    return names


def _fill(
    writer: CollectionWriter, depot: Depot, jobs: Sequence[Job], report: IngestReport, run: Runner, watch: Watch
) -> int:
    """Have the parts made that are not there, and take all that the collection lacks; how many were made."""
    there = {entry.id for entry in writer.manifest.segments}
    wanted = [job for job in jobs if segment_id(job.name) not in there]
    missing = [job for job in wanted if not has_part(depot, job.collection, job.name)]
    watch(len(jobs) - len(missing), len(jobs))
    for number, _ in enumerate(run(missing) if missing else (), start=1):
        watch(len(jobs) - len(missing) + number, len(jobs))
    with full_typed(str(writer.layout.root)):
        for job in wanted:
            _take(writer, depot, job, report)
    return len(missing)


def _files(selection: Selection, home: Path, report: IngestReport) -> Iterator[Path]:
    """The files to be read; the report says what is left out."""
    for entry in walk(selection.paths, ignoring(selection.paths, (), (), home)):
        match entry:
            case Skipped():
                report.skipped.append(Problem(entry.path, entry.reason))
            case Failed():
                report.failed.append(Problem(entry.path, entry.reason, entry.remedy))
            case Path():
                yield entry


def _take(writer: CollectionWriter, depot: Depot, job: Job, report: IngestReport) -> None:
    """Make a part the collection's, in the place of older versions of its documents."""
    part = read_part(depot, job.collection, job.name)
    for kind, problems in part.problems.items():
        getattr(report, kind).extend(problems)
    if part.stored is None:
        return
    differing = writer.manifest.query_fingerprint.differences(part.stored.manifest.query_fingerprint)
    if differing:
        raise ModelMismatch(f"The part {job.name} differs in {', '.join(differing)}.", "Remove it, and run again.")
    _fetch(writer, depot, part.stored)
    [entry] = part.stored.manifest.segments
    known = writer.manifest.living.documents
    added = writer.adopt(part.stored.manifest).living.documents - known
    report.added += added
    report.updated += entry.living.documents - added
    report.chunks += part.chunks
    report.commits += 1


def _fetch(writer: CollectionWriter, depot: Depot, stored: Backup) -> None:
    """Copy a part's files here, durably."""
    copy_files_here(depot, stored.files, writer.layout.root)
    for entry in stored.manifest.segments:
        fsync_tree(writer.layout.segment(entry.id))
    fsync_path(writer.layout.segments)
