"""Another encoder: its vectors grow beside the present ones, are compared, and take over in one commit.

Until then every search is answered by the old model, and documents may come and go. The chunks stay as they are: they
were cut with the old model's tokenizer, so the new one may read less of the longest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from engine.errors import UsageError
from engine.models import load_encoder
from engine.models.checkpoints.declared import declared_recipe
from engine.models.encoders.prompting import prompted
from engine.protocols import Encoder, Prompts, runtimes_behind
from engine.store.manifest import Manifest, SegmentEntry, Upcoming, VectorsEntry
from engine.store.segments.segment import Segment
from engine.store.segments.tombstones import read_tombstones
from engine.store.writer import CollectionWriter, open_writer
from indexer.chunking.chunker import Chunker
from indexer.configuring import absolute_name
from indexer.embedding import embed_missing, embed_segment, too_long
from indexer.prompting import NO_PROMPTS, AskedPrompts
from indexer.shadow import Comparison, compare
from indexer.steps import remembering_in

Watch = Callable[[int, int], None]  # chunks embedded in this run, living chunks


@dataclass(frozen=True, slots=True)
class ReembedReport:
    """Counts of a re-embedding. `cut`: chunks of which the new encoder reads only the beginning.

    `comparison` is None where the old encoder cannot be loaded any more, or nothing is there to compare.
    """

    collection: str
    encoder: str
    generation: int
    embedded: int
    cut: int
    comparison: Comparison | None
    switched: bool


def reembed(
    home: Path,
    collection: str,
    encoder: str | None,
    *,
    prompts: AskedPrompts = NO_PROMPTS,
    switch: bool = True,
    watch: Watch = lambda embedded, living: None,
) -> ReembedReport:
    """Give the collection the vectors of `encoder`, or go on with what was cut short where it is None.

    `prompts` are put before the texts; what was interrupted keeps its own.
    Whatever is interrupted goes on with the next call. Without `switch` the new vectors are made and compared, no more.
    UsageError if there is nothing to do; ModelNotFound; WriterBusy; DiskFull.
    """
    with open_writer(home, collection) as writer:
        if encoder is None:
            if prompts.given():
                raise UsageError("What was interrupted goes on with its own prompts.", "Give no prompts.")
            name, kept = _interrupted(writer.manifest)
            model = prompted(load_encoder(name), kept)
        else:
            name = absolute_name(encoder) or encoder
            model = prompts.put_on(load_encoder(name))
        model = remembering_in(home, model)
        run = _Run(writer, watch)
        chunker = Chunker.for_encoder(model)
        if not writer.manifest.query_fingerprint.differences(model.fingerprint):
            if writer.manifest.dense_coverage == 1.0:
                raise UsageError(f"{collection!r} is indexed with {name!r} already.", "Name another encoder.")
            embed_missing(writer, model, chunker, run.count_embedded)
            return ReembedReport(collection, name, writer.manifest.generation, run.embedded, 0, None, False)
        cut = _cut(writer, chunker)
        run.prepare(name, model, chunker)
        comparison = compare(home, collection, model)
        if switch:
            writer.publish(_switched)
        return ReembedReport(collection, name, writer.manifest.generation, run.embedded, cut, comparison, switch)


class _Run:
    def __init__(self, writer: CollectionWriter, watch: Watch) -> None:
        self._writer = writer
        self._watch = watch
        self.embedded = 0

    def count_embedded(self, chunks: int) -> None:
        self.embedded += chunks
        self._watch(self.embedded, self._writer.manifest.living.chunks)

    def prepare(self, name: str, model: Encoder, chunker: Chunker) -> None:
        """Make the new vectors of every segment that lacks them, each named by a generation of its own."""
        begun = self._writer.manifest.upcoming
        if begun is None or begun.query_fingerprint.differences(model.fingerprint):
            begun = Upcoming(name, model.fingerprint, {})
        for entry in self._writer.manifest.segments:
            if entry.id not in begun.vectors:
                made = embed_segment(self._writer, entry, model, chunker, self.count_embedded)
                runtimes = tuple(sorted({*begun.runtimes, *runtimes_behind(model)}))
                begun = replace(begun, vectors={**begun.vectors, entry.id: made}, runtimes=runtimes)
                self._writer.publish(partial(_with_upcoming, begun))


def _interrupted(manifest: Manifest) -> tuple[str, Prompts]:
    """The encoder that was at work, and its prompts. UsageError if none was."""
    if manifest.upcoming is not None:
        return manifest.upcoming.encoder, manifest.upcoming.query_fingerprint.prompts
    if manifest.dense_coverage < 1.0:
        return manifest.models["encoder"] or "", manifest.query_fingerprint.prompts
    raise UsageError(f"Nothing was interrupted in {manifest.collection!r}.", "Name an encoder with --encoder.")


def _with_upcoming(upcoming: Upcoming, manifest: Manifest) -> Manifest:
    """Name the new vectors of segments that are still there: others may have been merged or removed since."""
    present = {entry.id for entry in manifest.segments}
    return replace(
        manifest, upcoming=replace(upcoming, vectors={k: v for k, v in upcoming.vectors.items() if k in present})
    )


def _switched(manifest: Manifest) -> Manifest:
    """The new vectors in the place of the old, with their model and its recipe. What was tuned for the old one goes."""
    upcoming = manifest.upcoming
    if upcoming is None:  # a collection without segments
        raise UsageError(f"{manifest.collection!r} is empty.", "Ingest with the encoder that you want.")
    return replace(
        manifest,
        models={**manifest.models, "encoder": upcoming.encoder},
        query_fingerprint=upcoming.query_fingerprint,
        index_fingerprint=replace(manifest.index_fingerprint, runtimes=upcoming.runtimes),
        recipe=declared_recipe(upcoming.encoder),
        segments=tuple(_replaced(entry, upcoming.vectors[entry.id]) for entry in manifest.segments),
        upcoming=None,
        evidence=None,
        calibration=None,
    )


def _replaced(entry: SegmentEntry, vectors: VectorsEntry) -> SegmentEntry:
    return replace(entry, embedded=True, vectors=vectors)


def _cut(writer: CollectionWriter, chunker: Chunker) -> int:
    """Living chunks that the new encoder does not read to their end."""
    old = writer.manifest.query_fingerprint
    cut = 0
    for entry in writer.manifest.segments:
        segment = Segment(writer.layout.segment(entry.id), entry, old.dimension)
        deleted = read_tombstones(writer.layout, entry)
        for row in range(segment.rows):
            if deleted is None or not deleted.chunks[row]:
                cut += too_long(segment.passage(row)[1], chunker)
    return cut
