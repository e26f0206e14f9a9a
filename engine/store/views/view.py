"""A generation in which every document that a filter does not pass counts as deleted.

So whatever reads a generation, and leaves out what was deleted, tells nothing of those documents: no hit, id or value,
no count, no word that only they have, and no score into which their words went. Nothing is written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa

from engine.curation import Curation
from engine.errors import InvalidFilter
from engine.filters import Filter, check_filter, document_mask, parse_filter
from engine.lexical.analysis import analyse_words, phrase_readings
from engine.lexical.spelling import Speller
from engine.lexical.unicode import normalise
from engine.lexical.words import split_words
from engine.metadata.columns import field_of, shared, type_in
from engine.store.generation import Generation
from engine.store.manifest import LivingTotals, Manifest, SegmentEntry
from engine.store.roots import Roots
from engine.store.segments.deletes import languages_of
from engine.store.segments.segment import Segment, text_view
from engine.store.segments.tombstones import Tombstones
from engine.types import MetadataType, RowId, RowMask

_READ = 50  # passages that are read to learn whether a word is written in what is seen


def view(whole: Generation, filter: Filter) -> Generation:
    """The part of a generation that a filter passes. It holds the pin of `whole`, which is not used any more.

    A collection that lacks a field of the filter, or has other values in it, has no document that passes.

    Raises:
        NotInCluster: the segments lie on other machines.
    """
    parts = [part for number in range(len(whole.segments)) if (part := _part(whole, number, filter))]
    return _View(whole, parts, _manifest(whole.manifest, parts, filter))


def text_size(generation: Generation) -> int:
    """The length of the texts of all living documents, in bytes of UTF-8."""
    sizes = 0
    for segment, deleted in zip(generation.segments, generation.tombstones, strict=True):
        lengths = np.diff(text_view(segment.documents.column("text"))[0][: segment.entry.documents + 1])
        sizes += int((lengths if deleted is None else lengths[~deleted.documents]).sum())
    return sizes


@dataclass(frozen=True, slots=True)
class _Part:
    """A segment of which something is seen. `chunks` and `documents` flag the rows that are not."""

    segment: Segment
    entry: SegmentEntry
    chunks: RowMask
    documents: RowMask


class _View(Generation):
    """A generation whose tombstones are those of `parts`."""

    def __init__(self, whole: Generation, parts: Sequence[_Part], manifest: Manifest) -> None:
        super().__init__(whole.layout, manifest, whole._lock)
        self._parts = parts

    @cached_property
    def tombstones(self) -> list[Tombstones | None]:
        """Per segment, counted on first use."""
        return [
            Tombstones(part.chunks, part.documents, *segment.lexical.term_counts(np.flatnonzero(part.chunks)))
            for part, segment in zip(self._parts, self.segments, strict=True)
        ]

    @cached_property
    def living(self) -> list[RowMask | None]:
        """Per segment a flag per chunk row."""
        return [~part.chunks for part in self._parts]

    @cached_property
    def words(self) -> frozenset[str]:
        """The words, as they are written, of which a living passage has a form."""
        written = sorted(super().words)
        terms = analyse_words(written, self.languages)
        known = self.statistics.document_frequencies({term for found in terms for term in found})
        return frozenset(word for word, found in zip(written, terms, strict=True) if any(map(known.get, found)))

    @cached_property
    def speller(self) -> Speller:
        """Corrects words to those that living passages write."""
        return _Speller((segment.lexical.vocabulary for segment in self.segments), self._writes)

    def was_deleted(self, document_id: str) -> bool:
        """False: a document that is not seen was never there."""
        return False

    def _writes(self, word: str) -> bool:
        """Whether one of the first living passages that hold a form of a word has it as it stands."""
        readings = [reading for language in self.languages for reading in phrase_readings(word, language)]
        left = _READ
        for number, (segment, part) in enumerate(zip(self.segments, self._parts, strict=True)):
            rows = np.flatnonzero(segment.lexical.tantivy.matching(readings) & ~part.chunks)[:left]
            if any(word in self._written(RowId(number, int(row))) for row in rows):
                return True
            left -= len(rows)
        return False

    def _written(self, row: RowId) -> list[str]:
        title, chunk = self.passage(row)
        return split_words(normalise(" ".join((title, *chunk.headings, *chunk.inside, chunk.header, chunk.text))))


class _Speller(Speller):
    """A speller that knows words of documents that are not seen, and corrects to none of them."""

    def __init__(self, vocabularies: Iterable[Mapping[str, int]], is_written: Callable[[str], bool]) -> None:
        super().__init__(vocabularies)
        self._is_written = is_written

    def correct(self, word: str, occurs: Callable[[str], bool]) -> str | None:
        return super().correct(word, lambda choice: occurs(choice) and self._is_written(choice))


def _part(whole: Generation, number: int, filter: Filter) -> _Part | None:
    """The part of a segment that passes a filter; None where nothing does."""
    segment, deleted = whole.segments[number], whole.tombstones[number]
    try:
        check_filter(filter, whole.manifest.metadata_schema)
    except InvalidFilter:
        return None
    seen = document_mask(filter, segment.documents, whole.manifest.metadata_schema)
    if deleted is not None:
        seen = seen & ~deleted.documents
    if not seen.any():
        return None
    alive = seen[segment.document_rows]
    return _Part(segment, _entry(segment, seen, alive), ~alive, ~seen)


def _entry(segment: Segment, seen: RowMask, alive: RowMask) -> SegmentEntry:
    totals = segment.lexical.totals(np.flatnonzero(alive))
    living = LivingTotals(totals.chunks, int(seen.sum()), totals.title_length, totals.body_length)
    return replace(segment.entry, living=living, languages=languages_of(segment, alive))


def _manifest(whole: Manifest, parts: Sequence[_Part], filter: Filter) -> Manifest:
    """The manifest with an identity of its own: cursors and memories of the whole collection are not for the view."""
    schema = _schema(whole, parts)
    return replace(
        whole,
        uuid=hashlib.sha256(f"{whole.uuid} {filter!r}".encode("utf-8", "surrogatepass")).hexdigest()[:32],
        metadata_schema=schema,
        segments=tuple(part.entry for part in parts),
        curation=_curation(whole.curation, schema),
        evidence=None,
        certificate=None,
        upcoming=None,
        roots=Roots(),
    )


def _schema(whole: Manifest, parts: Sequence[_Part]) -> dict[str, MetadataType]:
    """The fields in which a document that is seen has a value, with the types of those values."""
    found: dict[str, MetadataType] = {}
    for part in parts:
        table, rows = part.segment.documents, pa.array(np.flatnonzero(~part.documents))
        for column in table.column_names:
            field = field_of(column)
            if field is not None and table.column(column).take(rows).null_count < len(rows):
                found[field] = shared(found.get(field), type_in(column, whole.metadata_schema[field]))
    return found


def _curation(rules: Curation, schema: Mapping[str, MetadataType]) -> Curation:
    """The rules without boosts by fields that nobody sees, whose filters could not be read."""

    def is_known(filter: str) -> bool:
        try:
            check_filter(parse_filter(filter), schema)
        except InvalidFilter:
            return False
        return True

    return rules.model_copy(update={"boosts": tuple(rule for rule in rules.boosts if is_known(rule.filter))})
