"""The ingest loop: discover, skip what is unchanged, parse, chunk, embed, commit.

Little is committed at once with its vectors. Where embedding would keep people waiting, the text is committed first,
and can be found by BM25, while the vectors follow, segment by segment. What an ingest that was cut short has left
without vectors, the next one embeds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain, islice
from pathlib import Path

from engine.errors import CollectionNotFound, ParseFailed, UsageError
from engine.fingerprint import IndexFingerprint
from engine.lexical.analysis import ANALYSER_VERSION
from engine.metadata.values import composed
from engine.models import LocalModels
from engine.models.checkpoints.declared import declared_recipe
from engine.models.checkpoints.presets import BUNDLED, MULTILINGUAL, PRESETS, STATIC
from engine.protocols import Encoder, ModelSource
from engine.settings import settings
from engine.store import FORMAT
from engine.store.generation import open_generation
from engine.store.manifest import CollectionConfig
from engine.store.merging.merge import merge_due
from engine.store.merging.policy import BUSY
from engine.store.segments.batch import StoredDocument
from engine.store.segments.metadata import conform, widened
from engine.store.writer import CollectionWriter, open_writer
from engine.text.language import UNDETERMINED, detect
from engine.types import Document
from engine.vectors.codecs import CODEC_VERSION
from indexer.choice import SAMPLE, Languages, Sample, spread_sources
from indexer.chunking.chunker import Chunker
from indexer.chunking.kept import kind_for
from indexer.embedding import embed_missing
from indexer.labels import shorten_labels
from indexer.parsers import Parsed
from indexer.pending import Pending
from indexer.report import IngestReport, Problem, Progress
from indexer.sources.source import Failed, Skipped, Source, discover
from indexer.steps import Clock

Watch = Callable[[Progress], None]
Found = Source | Skipped | Failed
EMPTY = "It holds no text: a search cannot find it."
TWICE = "The id came more than once; the last document of that id is kept."


def ingest(
    paths: Sequence[Path],
    *,
    home: Path,
    collection: str,
    encoder: str | None = None,
    reranker: str | None = None,
    chunker: str | None = None,
    text_first: bool | None = None,
    watch: Watch = lambda progress: None,
) -> IngestReport:
    """Read `paths` into a collection: `ingest_sources` of what is found there. SourceNotFound."""
    sources = discover(paths)
    return ingest_sources(
        sources,
        home=home,
        collection=collection,
        encoder=encoder,
        reranker=reranker,
        chunker=chunker,
        text_first=text_first,
        sample=lambda: spread_sources(paths),
        watch=watch,
    )


def ingest_sources(
    sources: Iterable[Found],
    *,
    home: Path,
    collection: str,
    encoder: str | None = None,
    reranker: str | None = None,
    chunker: str | None = None,
    models: ModelSource | None = None,
    text_first: bool | None = None,
    watch: Watch = lambda progress: None,
    clock: Clock = time.monotonic,
    sample: Callable[[], Iterable[Found]] | None = None,
) -> IngestReport:
    """Read `sources` into a collection, which is created with the first document that can be read.

    `text_first`: commit all text before any vector; None: where more than `settings().text_first_chunks` wait for them.
    `encoder` and `reranker` name models; a collection that exists goes on with its own unless told otherwise, and
    another encoder than its own raises ModelMismatch, another reranker UsageError; `models` holds them, by default this
    process. `chunker` names one of `KINDS`; another than the collection's own raises UsageError. A new collection's
    encoder is the bundled one that suits the languages of `sample()`, by default of the first sources. Every source
    ends up in the report; only errors of the whole ingest are raised (WriterBusy, DiskFull, what `watch` raises, ...),
    and what was committed by then stays.
    """
    started = time.monotonic()
    report = IngestReport(collection)
    remaining = iter(sources)
    if not is_there(home, collection):
        found = _until_readable(remaining, report, watch)
        if found is None:
            return report
        remaining = found
    names = model_names(home, collection, encoder, reranker)
    kind, remarks = kind_for(home, collection, chunker)
    report.notes += remarks
    if not names["encoder"]:
        head = [] if sample else list(islice(remaining, SAMPLE))
        known = Sample(sample() if sample else head)
        remaining = map(known.reuse, chain(head, remaining))
        names["encoder"] = known.languages.encoder
        report.notes += known.languages.remarks_on_choice()
    model = (models or LocalModels()).encoder(names["encoder"])
    cutting = Chunker.for_encoder(model, kind)
    with open_writer(home, collection, collection_config(names, model, cutting)) as writer:
        run = _Run(writer, model, cutting, report, watch, text_first, clock)
        for source in remaining:
            run.take(source)
        run.finish()
        report.generation = writer.manifest.generation
    report.seconds = time.monotonic() - started
    return report


def is_there(home: Path, collection: str) -> bool:
    """Whether there is such a collection."""
    try:
        with open_generation(home, collection):
            return True
    except CollectionNotFound:
        return False


def _until_readable(
    sources: Iterator[Source | Skipped | Failed], report: IngestReport, watch: Watch
) -> Iterator[Source | Skipped | Failed] | None:
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
                    report.failed.append(Problem(source.id, error.message, error.remedy))
                else:
                    return chain([replace(source, parse=partial(_same, parsed))], sources)
        watch(Progress(report.documents, report.chunks, report.commits))
    return None


def _same(parsed: Parsed) -> Parsed:
    return parsed


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
    ) -> None:
        self._writer = writer
        self._encoder = encoder
        self._chunker = chunker
        self._report = report
        self._watch = watch
        self._known = writer.content_hashes()
        self._seen: set[str] = set()  # ids of this ingest
        self._schema = dict(writer.manifest.metadata_schema)
        self._clock = clock
        self._pending = Pending(encoder, chunker, self._embedded, clock)
        self._total: int | None = None  # chunks that will have been embedded in the end
        self._text_first = text_first
        self._languages = Languages()

    def take(self, source: Found) -> None:
        report = self._report
        match source:
            case Skipped():
                report.skipped.append(Problem(source.path, source.reason))
            case Failed():
                report.failed.append(Problem(source.path, source.reason, source.remedy))
            case Source():
                if source.id in self._seen:
                    report.warnings.append(Problem(source.id, TWICE))
                self._seen.add(source.id)
                if self._known.get(source.id) == source.content_hash:
                    report.unchanged += 1
                else:
                    self._add(source)
        self._tell()

    def finish(self) -> None:
        """Store what is pending, give vectors to all that lacks them, and leave few segments."""
        if self._text_first is None:  # nothing was committed without vectors so far
            self._text_first = self._pending.chunks > settings().text_first_chunks
        waiting = sum(entry.living.chunks for entry in self._writer.manifest.segments if not entry.embedded)
        self._total = self._report.chunks + self._pending.chunks + waiting
        self._commit()
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
        self._report.notes += self._languages.remarks_on_encoder(self._encoder.languages)

    def _commit(self) -> None:
        """Store what is pending, durably."""
        if len(self._pending):
            self._pending.settle_languages(self._writer.manifest.languages)
            for batch in self._pending.take(embed=not self._text_first):
                self._writer.commit(batch, metadata_schema=self._schema)
                self._committed()
            merge_due(self._writer, BUSY)

    def _add(self, source: Source) -> None:
        try:
            parsed = source.parse()
        except ParseFailed as error:
            self._report.failed.append(Problem(source.id, error.message, error.remedy))
            return
        parsed, remark = shorten_labels(parsed)
        if remark:
            self._report.warnings.append(Problem(source.id, remark))
        if source.id in self._pending:  # named twice: the later one replaces the earlier, as it would on re-ingest
            self._commit()
        document = self._document(source, parsed)
        chunks = tuple(self._chunker.chunk(document, parsed.headings, parsed.locators))
        self._pending.add(StoredDocument(document, source.content_hash, chunks))
        if source.id in self._known:
            self._report.updated += 1
        else:
            self._report.added += 1
        self._known[source.id] = source.content_hash
        if self._pending.due:
            self._text_first = self._text_first is not False
            self._commit()

    def _document(self, source: Source, parsed: Parsed) -> Document:
        before = self._schema
        metadata, self._schema, conflicts = conform(parsed.metadata, before)
        for remark in (*parsed.remarks, *conflicts, *widened(before, self._schema)):
            self._report.warnings.append(Problem(source.id, remark))
        title = composed(parsed.title)
        text = parsed.text if parsed.text.strip() or parsed.named else title  # its one passage
        if not text.strip():
            self._report.warnings.append(Problem(source.id, EMPTY))
        language = parsed.language or detect(text)
        if language == UNDETERMINED:
            language = detect(f"{title}\n{text}")
        self._languages.add(language)
        return Document(source.id, source.uri, title, text, language, metadata)

    def _embedded(self, chunks: int) -> None:
        self._report.chunks += chunks
        self._tell()

    def _resumed(self, chunks: int) -> None:
        self._total = None if self._total is None else self._total - chunks

    def _committed(self) -> None:
        self._report.commits += 1
        self._tell()

    def _tell(self) -> None:
        report = self._report
        self._watch(Progress(report.documents, report.chunks, report.commits, self._total))


def model_names(home: Path, collection: str, encoder: str | None, reranker: str | None) -> dict[str, str]:
    """The names of the models to use: as asked for, else the collection's own, else "" for the encoder, which the
    documents of a new collection decide, and the bundled reranker.

    UsageError if the collection has chosen another reranker: what a collection has chosen does not change by itself.
    """
    try:
        with open_generation(home, collection) as generation:
            known = dict(generation.manifest.models)
    except CollectionNotFound:
        known = {}  # it is about to be made
    encoder, reranker = lasting(encoder), lasting(reranker)
    chosen = known.get("reranker")
    if chosen and reranker not in (None, chosen):
        raise UsageError(
            f"Collection {collection!r} reranks with {chosen!r}, not with {reranker!r}.",
            "Choose a reranker for a search (`winnow search --models`), or ingest into another collection.",
        )
    return {
        "encoder": encoder or known.get("encoder") or "",
        "reranker": reranker or chosen or BUNDLED,
    }


def lasting(model: str | None) -> str | None:
    """The name as the collection may keep it: a directory's must not depend on where the command was typed."""
    if model is None or model in (BUNDLED, STATIC, MULTILINGUAL, *PRESETS) or not Path(model).expanduser().is_dir():
        return model
    return str(Path(model).expanduser().resolve())


def collection_config(models: Mapping[str, str], encoder: Encoder, chunker: Chunker) -> CollectionConfig:
    """What a collection that uses these models is created with."""
    index = IndexFingerprint(format=FORMAT, codec=CODEC_VERSION, chunker=chunker.version, analyser=ANALYSER_VERSION)
    return CollectionConfig(models, encoder.fingerprint, index, declared_recipe(models["encoder"]))
