"""The ingest loop: discover, skip what is unchanged, parse, chunk, embed, commit.

Little is committed at once with its vectors. Where embedding would keep people waiting, the text is committed first,
and can be found by BM25, while the vectors follow, segment by segment. The next ingest embeds what one left undone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from itertools import chain, islice
from pathlib import Path

from engine.errors import ParseFailed
from engine.models import LocalModels
from engine.models.checkpoints.presets import BUNDLED
from engine.protocols import Encoder, ModelSource
from engine.recipe import Recipe
from engine.settings import settings
from engine.store.merging.merge import merge_due
from engine.store.merging.policy import BUSY
from engine.store.segments.batch import StoredDocument
from engine.store.segments.metadata import conform, widened
from engine.store.writer import CollectionWriter, open_writer
from engine.types import Document, Float32
from indexer.choice import SAMPLE, Languages, Sample
from indexer.chunking.chunker import Chunker
from indexer.chunking.kept import kind_for
from indexer.configuring import collection_config, is_there, model_names, remarks_on_reranker
from indexer.embedding import embed_missing
from indexer.folders.mirror import Mirror
from indexer.folders.naming import Folders
from indexer.folders.renames import Renames
from indexer.folders.roots import Place
from indexer.folders.selection import Selection
from indexer.parsers import Parsed
from indexer.pending import Pending
from indexer.prompting import NO_PROMPTS, AskedPrompts, encoder_for
from indexer.reading.ahead import Read, readings
from indexer.reading.processes import Processes
from indexer.reading.reading import Reader, Reading
from indexer.replaced import Replaced, addresses, file_of
from indexer.report import IngestReport, Problem, Progress, Repeated
from indexer.sources.source import Failed, Found, Skipped, Source
from indexer.steps import Clock, remembering_in

Watch = Callable[[Progress], None]
EMPTY = "It holds no text: a search cannot find it."


def ingest(
    paths: Sequence[Place],
    *,
    home: Path,
    collection: str,
    encoder: str | None = None,
    reranker: str | None = None,
    chunker: str | None = None,
    prompts: AskedPrompts = NO_PROMPTS,
    text_first: bool | None = None,
    watch: Watch = lambda progress: None,
) -> IngestReport:
    """Read files and folders into a collection, which is made where there is none: `ingest_selection` of all of them.

    Raises:
        SourceNotFound: there is nothing at a path. The report lists documents that could not be read.
        WriterBusy, DiskFull, ModelMismatch: as `ingest_sources`; what was committed by then stays.
    """
    return ingest_selection(
        Selection(tuple(paths)),
        home=home,
        collection=collection,
        encoder=encoder,
        reranker=reranker,
        chunker=chunker,
        prompts=prompts,
        text_first=text_first,
        watch=watch,
    )


def ingest_selection(
    selection: Selection,
    *,
    home: Path,
    collection: str,
    encoder: str | None = None,
    reranker: str | None = None,
    chunker: str | None = None,
    prompts: AskedPrompts = NO_PROMPTS,
    text_first: bool | None = None,
    mirror: bool = False,
    force: bool = False,
    models: ModelSource | None = None,
    watch: Watch = lambda progress: None,
) -> IngestReport:
    """Read a selection into a collection: `ingest_sources` of what is found, under ids below the collection's roots.

    `mirror`: remove what is gone from its places, and recognise what has moved; the removals are one commit, the last.
    Without `force` nothing is removed where it would be more than half of what is stored of a place: the report says so
    in `refused`. SourceNotFound, with `force` for no place at all; UsageError for a pattern or a root's name.
    """
    selection = selection.recalling(home, collection)
    sources = selection.sources(home, or_gone=mirror and force)
    with selection.metered(home, or_gone=mirror and force) as meter:

        def watched(progress: Progress) -> None:
            watch(replace(progress, read=meter.read, size=meter.size))

        try:
            return ingest_sources(
                sources,
                home=home,
                collection=collection,
                encoder=encoder,
                reranker=reranker,
                models=models,
                chunker=chunker,
                prompts=prompts,
                text_first=text_first,
                folders=Folders(selection, Mirror.of(selection.held, force=force) if mirror else None),
                sample=(lambda: selection.sample(home)) if selection.paths else None,
                watch=watched,
            )
        finally:
            selection.visited.save(home, collection)


def ingest_sources(
    sources: Iterable[Found],
    *,
    home: Path,
    collection: str,
    encoder: str | None = None,
    reranker: str | None = None,
    models: ModelSource | None = None,
    chunker: str | None = None,
    prompts: AskedPrompts = NO_PROMPTS,
    text_first: bool | None = None,
    watch: Watch = lambda progress: None,
    clock: Clock = time.monotonic,
    sample: Callable[[], Iterable[Found]] | None = None,
    folders: Folders | None = None,
    english: str = BUNDLED,
    recipe: Callable[[str, Recipe], Recipe] = lambda encoder, recipe: recipe,
) -> IngestReport:
    """Read `sources` into a collection, which is created with the first document that can be read.

    `text_first`: commit all text before any vector; None: where more than `settings().text_first_chunks` wait for them,
    which none does with a static encoder. `encoder` and `reranker` name models, which `models` holds, by default this
    process; an existing collection keeps its own: another encoder raises ModelMismatch, another reranker, `chunker`
    (one of `KINDS`) or other `prompts` UsageError. A new collection's encoder is the bundled one for the languages of
    `sample()`, else of the first sources, `english` where that is English; `recipe` changes what it begins with.
    `folders` names the documents of files, and keeps the collection in step. Every source ends up in the report; errors
    of the whole ingest are raised (WriterBusy, ...).
    """
    started = time.monotonic()
    report = IngestReport(collection)
    folders = folders or Folders(Selection(()))
    remaining: Iterator[Found] = map(folders.named, sources)
    if not is_there(home, collection):
        folders.begin()
        found = _until_readable(remaining, report, watch)
        if found is None:
            return report
        remaining = found
    names = model_names(home, collection, encoder, reranker)
    kind, remarks = kind_for(home, collection, chunker)
    report.notes += remarks + remarks_on_reranker(home, collection, names["reranker"])
    if not names["encoder"]:
        head = [] if sample else list(islice(remaining, SAMPLE))
        known = Sample(map(folders.named, sample()) if sample else head)
        remaining = map(known.reuse, chain(head, remaining))
        names["encoder"] = known.languages.encoder(english)
        report.notes += known.languages.remarks_on_choice()
    model, remarks = encoder_for(home, collection, names["encoder"], models or LocalModels(), prompts)
    report.notes += remarks
    cutting = Chunker.for_encoder(model, kind)
    config = collection_config(names, model, cutting)
    config = replace(config, roots=folders.roots, recipe=recipe(names["encoder"], config.recipe))
    with open_writer(home, collection, config) as writer:
        report.notes += folders.declare(writer)
        run = _Run(writer, remembering_in(home, model), cutting, report, watch, text_first, clock, folders.mirror)
        with closing(
            readings(remaining, Reader(cutting, model), run.wants, settings().ingest_workers, run.share)
        ) as found_and_read:
            for source, read in found_and_read:
                run.take(source, read)
        run.finish()
        report.generation = writer.manifest.generation
    report.seconds = time.monotonic() - started
    return report


def _until_readable(sources: Iterator[Found], report: IngestReport, watch: Watch) -> Iterator[Found] | None:
    """The sources from the first one on that can be read as a document; None if there is none, and then no collection
    need be made. What comes before it is reported here.
    """
    for source in sources:
        match source:
            case Skipped():
                report.skipped.append(Problem(source.path, source.reason))
            case Failed():
                report.failed.append(Problem(source.path, source.reason, source.remedy))
            case Source():
                try:
                    parsed = source.parse()
                except ParseFailed as error:
                    report.failed.append(Problem(_shown(source), error.message, error.remedy))
                else:
                    return chain([replace(source, parse=partial(_same, parsed))], sources)
        watch(Progress(report.documents, report.chunks, report.commits))
    return None


def _same(parsed: Parsed) -> Parsed:
    return parsed


def _shown(source: Source) -> str:
    """The name that people look for: a file by its path, other documents by their ids."""
    return source.uri if source.facts else source.id


class _Run:
    """One ingest in progress: what is pending, and the report so far."""

    def __init__(
        self,
        writer: CollectionWriter,
        encoder: Encoder,
        chunker: Chunker,
        report: IngestReport,
        watch: Watch,
        text_first: bool | None,
        clock: Clock,
        mirror: Mirror | None,
    ) -> None:
        self._writer = writer
        self._encoder = encoder
        self._chunker = chunker
        self._report = report
        self._watch = watch
        self._known = writer.content_hashes()
        self._seen: dict[str, str] = {}  # ids of this ingest, and the file of each
        self._replaced = Replaced(addresses(writer))
        self._schema = dict(writer.manifest.metadata_schema)
        self._clock = clock
        self._pending = Pending(encoder, chunker, self._embedded, clock)
        self._total: int | None = None  # chunks that will have been embedded in the end
        self._text_first = text_first
        self._languages, self._repeated = Languages(), Repeated()
        self._mirror = mirror or Mirror(())
        self._renames = Renames(writer)
        self._left: set[str] = set()  # ids that renamed documents had
        self._first = {content: name for name, content in self._known.items()}  # a document of each content

    def share(self, processes: Processes) -> None:
        """Have the words of what is committed indexed by processes that read, while this one reads in their stead."""
        self._writer.apart = processes.do

    def wants(self, source: Source) -> bool:
        """Whether a source is not stored as it is."""
        return self._known.get(source.id) != source.content_hash

    def take(self, source: Found, read: Read) -> None:
        report = self._report
        match source:
            case Skipped():
                report.skipped.append(Problem(source.path, source.reason))
            case Failed():
                report.failed.append(Problem(source.path, source.reason, source.remedy))
                self._mirror.failed(source.path)
            case Source():
                before = self._seen.get(source.id)
                self._seen[source.id] = file_of(source)
                if source.id in self._renames:
                    self._rename_and_remove()
                if self.wants(source):
                    self._add(source, read, before)
                else:
                    self._unchanged(source)
        self._report_progress()

    def _unchanged(self, source: Source) -> None:
        self._report.unchanged += 1
        if self._mirror.uris.get(source.id, source.uri) != source.uri:
            self._renames.move(source.id, source.uri)

    def finish(self) -> None:
        """Store what is pending, give vectors to all that lacks them, and leave few segments."""
        if self._text_first is None:  # nothing was committed without vectors so far
            self._text_first = self._pending.chunks > settings().text_first_chunks
        waiting = sum(entry.living.chunks for entry in self._writer.manifest.segments if not entry.embedded)
        self._total = self._report.chunks + self._pending.chunks + waiting
        self._commit()
        self._rename_and_remove(self._gone())
        embed_missing(
            self._writer,
            self._encoder,
            self._chunker,
            self._embedded,
            on_resumed=self._resumed,
            on_commit=self._committed,
            clock=self._clock,
        )
        merge_due(self._writer)
        lost, others = self._replaced.problems(), self._repeated.problems()
        self._report.warnings = [*lost, *self._report.warnings, *others]  # text was lost: it is told first
        self._report.notes += self._languages.remarks_on_encoder(self._encoder.languages)

    def _commit(self) -> None:
        """Store what is pending, durably."""
        if len(self._pending):
            self._pending.settle_languages(self._writer.manifest.languages)
            for batch in self._pending.take(embed=not self._text_first):
                self._writer.commit(batch, metadata_schema=self._schema)
                self._committed()
            merge_due(self._writer, BUSY)

    def _rename_and_remove(self, gone: Sequence[str] = ()) -> None:
        """Make the renames that are waiting, and remove what is gone, in one commit."""
        if self._renames.commit({*gone, *self._left} - self._seen.keys(), self._schema):
            self._committed()

    def _gone(self) -> list[str]:
        """Ids to be removed, as the report says."""
        gone = self._mirror.gone(self._seen.keys() | self._left)
        self._report.refused = self._mirror.refusal(gone)
        if self._report.refused:
            return []
        self._report.removed = len(gone)
        return gone

    def _add(self, source: Source, read: Read, before: str | None) -> None:
        old = self._mirror.moved(source, self._seen)
        try:
            reading = read()
        except ParseFailed as error:
            self._report.failed.append(Problem(_shown(source), error.message, error.remedy))
            self._mirror.keep(old)
            return
        stored = self._fitted(source, reading)
        if source.id in self._known:
            self._replaced.add(source, before)
        if old is not None:
            self._report.renamed += 1
            self._left.add(old)
        elif source.id in self._known:
            self._report.updated += 1
        else:
            self._report.added += 1
        if old is None or not self._renames.add(old, stored):
            self._store(stored, reading.vectors)
        self._known[source.id] = source.content_hash
        self._warn_of_copy(source)

    def _warn_of_copy(self, source: Source) -> None:
        """Say which file has the same content, if it is one that is found under its own name."""
        first = self._first.setdefault(source.content_hash, source.id)
        if source.facts and first not in (source.id, *self._left) and self._known[first] == source.content_hash:
            self._report.warnings.append(Problem(_shown(source), f"It has the same content as {first}; both are kept."))

    def _fitted(self, source: Source, reading: Reading) -> StoredDocument:
        """The document as it is stored, its metadata fitted to the collection's."""
        before = self._schema
        metadata, self._schema, conflicts = conform({**source.facts, **reading.metadata}, before)
        remarks = [*reading.remarks, *conflicts, *widened(before, self._schema)]
        remarks += [] if reading.text.strip() else [EMPTY]
        self._report.warnings += self._repeated.add(_shown(source), remarks)
        self._languages.add(reading.language, reading.text)
        document = Document(source.id, source.uri, reading.title, reading.text, reading.language, metadata)
        return StoredDocument(document, source.content_hash, reading.chunks, reading.locators)

    def _store(self, stored: StoredDocument, vectors: Float32 | None) -> None:
        name = stored.document.id
        if name in self._pending:  # named twice: the later one replaces the earlier, as it would on re-ingest
            self._commit()
        self._pending.add(stored, vectors)
        if self._pending.due:
            self._text_first = self._text_first is not False and not self._pending.embedded
            self._commit()

    def _embedded(self, chunks: int) -> None:
        self._report.chunks += chunks
        self._report_progress()

    def _resumed(self, chunks: int) -> None:
        self._total = None if self._total is None else self._total - chunks

    def _committed(self) -> None:
        self._report.commits += 1
        self._report_progress()

    def _report_progress(self) -> None:
        report = self._report
        self._watch(Progress(report.documents, report.chunks, report.commits, self._total))
