"""A generation as a reader sees it: pinned, so that nothing it names is removed, and never changing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Literal

import numpy as np

from engine.damage import is_failure
from engine.errors import GenerationExpired, StoreDamaged, WinnowError
from engine.filters import Filter, check_filter, field_columns, row_mask
from engine.lexical.closed_compounds import ClosedCompounds
from engine.lexical.query import LexicalQuery
from engine.lexical.search import query_scorer
from engine.lexical.spelling import Speller
from engine.lexical.statistics import WholeStatistics
from engine.lexical.synonyms import SynonymTable
from engine.lexical.vocabulary import Forms
from engine.metadata.columns import value_of
from engine.metadata.values import Value, spellings
from engine.recipe import Recipe
from engine.store.catalogue.catalogue import Catalogue, CollectionRow
from engine.store.catalogue.outdated import newer_generation, refuse_outdated
from engine.store.contents.contents import Contents
from engine.store.layout import CollectionLayout, Home
from engine.store.locks import Lock, pin
from engine.store.manifest import Manifest, read_manifest
from engine.store.segments.segment import Fact, Segment, column_view
from engine.store.segments.statistics import LivingStatistics
from engine.store.segments.tombstones import Tombstones, read_tombstones
from engine.text.places import places_of
from engine.types import Chunk, Document, Float32, Float64, Masks, Place, RowId, RowMask, Rows
from engine.vectors.codecs import Int8, int8_scores

Ahead = Literal["passages", "texts", "documents"]

_ATTEMPTS = 50  # a commit and a sweep would have to fall between catalogue and pin this often


class Generation:
    """A pinned, read-only view of a collection. Close it, or use `with`, to let the sweeper have its files."""

    def __init__(self, layout: CollectionLayout, manifest: Manifest, lock: Lock) -> None:
        self.layout = layout
        self.manifest = manifest
        self._lock = lock
        dimension = manifest.query_fingerprint.dimension
        self.segments = [Segment(layout.segment(entry.id), entry, dimension) for entry in manifest.segments]

    @staticmethod
    def of(generation: Generation, manifest: Manifest) -> Generation:
        """The same pinned files as another manifest sees them, such as with the vectors of another model."""
        return Generation(generation.layout, manifest, generation._lock)

    @property
    def number(self) -> int:
        return self.manifest.generation

    @cached_property
    def is_private(self) -> bool:
        """Whether its home is one that nothing shall be left of, such as a temporary one."""
        return self.layout.home.private.exists()

    @cached_property
    def tombstones(self) -> list[Tombstones | None]:
        """Per segment, read on first use."""
        return [read_tombstones(self.layout, entry) for entry in self.manifest.segments]

    @cached_property
    def living(self) -> list[RowMask | None]:
        """Per segment a flag per chunk row; None where every row is alive."""
        return [None if deleted is None else ~deleted.chunks for deleted in self.tombstones]

    @cached_property
    def contents(self) -> Contents:
        """Its documents as they are stored."""
        return Contents(self.segments, self.tombstones, self.manifest.metadata_schema)

    @cached_property
    def statistics(self) -> WholeStatistics:
        return LivingStatistics(self.segments, self.tombstones, self.manifest.living)

    @cached_property
    def languages(self) -> list[str]:
        """Languages of the living chunks, most frequent first, ties by code."""
        totals = self.manifest.languages
        return sorted(totals, key=lambda code: (-totals[code], code))

    @cached_property
    def speller(self) -> Speller:
        """Corrects words to those of the collection; made on first use."""
        return Speller(segment.lexical.vocabulary for segment in self.segments)

    @cached_property
    def synonyms(self) -> SynonymTable:
        """The synonyms that people gave the collection; read on first use."""
        return SynonymTable(self.manifest.curation.phrases, self.languages)

    @cached_property
    def ruled(self) -> dict[str, tuple[int, int]]:
        """Where the documents lie that people's rules name, of those that there are; looked up on first use."""
        found = {name: self.find(name) for name in self.manifest.curation.documents}
        return {name: place for name, place in found.items() if place is not None}

    @cached_property
    def words(self) -> frozenset[str]:
        """The collection's words as they are written, in lower case."""
        return frozenset[str]().union(*(segment.lexical.vocabulary for segment in self.segments))

    def closed_compounds(self, language: str) -> ClosedCompounds:
        """The compounds among the collection's words, in a language that writes them in one; made on first use."""
        if language not in self._compounds:
            self._compounds[language] = ClosedCompounds(self.words, language, self.statistics.document_frequencies)
        return self._compounds[language]

    def forms(self, languages: frozenset[str]) -> Forms:
        """The collection's words by their stems in languages that it may be in; made on first use."""
        if languages not in self._forms:
            self._forms[languages] = Forms(self.words, sorted(languages))
        return self._forms[languages]

    @cached_property
    def _forms(self) -> dict[frozenset[str], Forms]:
        return {}

    @cached_property
    def _compounds(self) -> dict[str, ClosedCompounds]:
        return {}

    def document(self, segment: int, row: int) -> Document:
        return self.segments[segment].document(row)

    def read_ahead(self, rows: Iterable[RowId], what: Ahead = "passages") -> None:
        """Say what is read next: passages, the texts of their documents, or the documents with all that is known of
        them. Where they lie on another machine they are fetched at once; here nothing is to be done.
        """

    def foresee(self, what: Ahead, rows: Sequence[RowId]) -> None:
        """Say what will be read later: where it lies on another machine it comes with what is read next."""

    def places(self, row: RowId, document: Document, start: int, end: int) -> tuple[Place, ...]:
        """Where a span of the document of the chunk in this row stands in its file."""
        segment = self.segments[row.segment]
        locators = segment.locators(int(segment.document_rows[row.row]), (start, end))
        return places_of(document.text, locators, start, end)

    def chunk(self, row: RowId) -> tuple[Chunk, Document]:
        """A chunk with its document, which has its whole text."""
        return self.segments[row.segment].chunk(row.row)

    def passage(self, row: RowId) -> tuple[str, Chunk]:
        """A chunk with its document's title, without reading the rest of the document."""
        return self.segments[row.segment].passage(row.row)

    def document_id(self, row: RowId) -> str:
        """Id of the document that a chunk belongs to."""
        return self.segments[row.segment].document_id(row.row)

    def document_ids(self, rows: Sequence[RowId]) -> list[str]:
        """Ids of the documents that chunks belong to, in order."""
        found = [""] * len(rows)
        for segment, places, own in _by_segment(rows):
            for place, name in zip(places, self.segments[segment].document_ids(own), strict=True):
                found[place] = name
        return found

    def chunk_id(self, row: RowId) -> str:
        return self.segments[row.segment].chunk_id(row.row)

    def document_row(self, row: RowId) -> int:
        """The row, in the same segment, of the document that a chunk belongs to."""
        return int(self.segments[row.segment].document_rows[row.row])

    def document_rows(self, rows: Sequence[RowId]) -> list[int]:
        """The same of many chunks, in order."""
        views = {place: self.segments[place].document_rows for place in {row.segment for row in rows}}
        return [int(views[row.segment][row.row]) for row in rows]

    def document_cell(self, row: RowId, name: Fact) -> str:
        """One fact of the document that a chunk belongs to, of which no more is read."""
        return self.segments[row.segment].document_cell(self.document_row(row), name)

    def document_values(self, rows: Iterable[RowId], field: str) -> dict[RowId, Value | None]:
        """The values of the chunks' documents in a field, the first of several; None where one has none."""
        found: dict[RowId, Value | None] = {}
        for row in rows:
            document, documents = self.document_row(row), self.segments[row.segment].documents
            values = (value_of(column[document]) for column in field_columns(field, documents))
            found[row] = next((value for value in values if value is not None), None)
        return found

    def text_bytes(self, row: RowId) -> memoryview:
        """The text of the document that a chunk belongs to, in UTF-8."""
        return self.segments[row.segment].text_bytes(self.document_row(row))

    def text_sizes(self, rows: Sequence[RowId]) -> list[int]:
        """The lengths of the texts of the documents that chunks belong to, in bytes of UTF-8."""
        sizes = np.zeros(len(rows), np.int64)
        for segment, places, own in _by_segment(rows):
            sizes[places] = self.segments[segment].text_sizes(own)
        return sizes.tolist()

    def are_alive(self, rows: Sequence[RowId]) -> bool:
        """Whether all of the chunks are."""
        return len(self.allowed(self.living, rows)) == len(rows)

    def allowed(self, masks: Masks, rows: Iterable[RowId]) -> list[RowId]:
        """Select the chunks that the masks allow."""
        return [row for row in rows if (mask := masks[row.segment]) is None or mask[row.row]]

    def passing(self, filter: Filter, rows: Iterable[RowId]) -> set[RowId]:
        """Select the chunks whose documents pass a filter. InvalidFilter."""
        return set(self.allowed(self.filter_masks(filter), rows))

    def lexical_scores(self, segment: int, rows: Rows, query: LexicalQuery, recipe: Recipe) -> Float64:
        """BM25 of rows of one segment, shape (len(rows),); 0 where a row holds no word of the query."""
        return query_scorer(query, self.statistics, recipe).on(self.segments[segment].lexical.forward).score(rows)

    def dense_scores(self, segment: int, rows: Rows, vector: Float32 | None) -> Float64 | None:
        """Dot products of rows of one segment with a query's embedding (d,), shape (len(rows),).

        None if there is no embedding (the dense leg was not run), or the segment still waits for its vectors.
        """
        of = self.segments[segment]
        if vector is None or not of.entry.embedded:
            return None
        return int8_scores(vector, of.vectors.int8[rows], of.vectors.scale[rows]).astype(np.float64)

    def codes(self, rows: Sequence[RowId]) -> Int8:
        """The int8 codes of chunks, shape (n, dimension); all 0 where a chunk has no vector yet."""
        codes = np.zeros((len(rows), self.manifest.query_fingerprint.dimension), np.int8)
        for segment, places, own in _by_segment(rows):
            if self.segments[segment].entry.embedded:
                codes[places] = self.segments[segment].vectors.int8[own]
        return codes

    def find(self, document_id: str) -> tuple[int, int] | None:
        """(segment, document row) of the living document with this id, in whichever Unicode form it is; or None."""
        for spelling in dict.fromkeys((document_id, *spellings(document_id))):
            for position in reversed(range(len(self.segments))):
                row = self.segments[position].documents.column("id").index(spelling).as_py()
                deleted = self.tombstones[position]
                if row >= 0 and (deleted is None or not deleted.documents[row]):
                    return position, row
        return None

    def was_deleted(self, document_id: str) -> bool:
        """Whether a segment still has a document of this id that does not live."""
        return any(segment.documents.column("id").index(document_id).as_py() >= 0 for segment in self.segments)

    def chunk_rows(self, segment: int, document_row: int) -> list[RowId]:
        """The rows of a document's chunks, in order."""
        return [RowId(segment, row) for row in self.segments[segment].rows_of(document_row)]

    def passage_spans(self, segment: int, document_row: int) -> list[tuple[int, int]]:
        """The spans of a document's chunks in its text, in code points, in order."""
        table, rows = self.segments[segment].chunks, self.segments[segment].rows_of(document_row)
        starts, ends = (column_view(table, name)[rows.start : rows.stop].tolist() for name in ("start", "end"))
        return list(zip(starts, ends, strict=True))

    def filter_masks(self, filter: Filter | None) -> list[RowMask | None]:
        """Per segment the living rows that match; None where every row does. InvalidFilter."""
        if filter is None:
            return list(self.living)
        schema = self.manifest.metadata_schema
        check_filter(filter, schema)
        matching = (row_mask(filter, segment, schema) for segment in self.segments)
        return [rows if alive is None else rows & alive for rows, alive in zip(matching, self.living, strict=True)]

    @contextmanager
    def damage_reported(self) -> Iterator[None]:
        """Raise StoreDamaged in place of whatever a library raises, where a file that it reads was altered
        meanwhile.
        """
        try:
            yield
        except WinnowError:
            raise
        except BaseException as error:
            if is_failure(error):
                self._report_damage(error)
            raise

    def _report_damage(self, error: BaseException) -> None:
        for segment in self.segments:
            try:
                segment.check_now()
            except StoreDamaged as damage:
                raise damage from error

    def close(self) -> None:
        self._lock.release()

    def __enter__(self) -> Generation:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _by_segment(rows: Sequence[RowId]) -> Iterator[tuple[int, list[int], list[int]]]:
    """Yield each segment that chunks lie in, with their places among `rows` and their rows in it."""
    places: dict[int, list[int]] = {}
    for place, row in enumerate(rows):
        places.setdefault(row.segment, []).append(place)
    for segment, within in places.items():
        yield segment, within, [rows[place].row for place in within]


def open_generation(home: Path, name: str, generation: int | None = None) -> Generation:
    """Pin the current generation, or an older one that is still kept, and open it without reading any data.

    CollectionNotFound; CatalogueMissing; GenerationExpired for a given number that is gone or never was; StoreDamaged.
    """
    catalogue = Catalogue(home)
    row = catalogue.get(name)
    for _ in range(_ATTEMPTS):
        layout = Home(home).collection(row.uuid)
        opened = _open(layout, row, generation) if newer_generation(layout, row) is None else None
        if opened is not None:
            return opened
        before, row = row, catalogue.get(name)
        if row == before:
            break
    refuse_outdated(Home(home).collection(row.uuid), row)
    raise StoreDamaged(
        f"Generation {row.generation} of {name!r}, which the catalogue names, has no manifest: "
        f"{Home(home).collection(row.uuid).manifest(row.generation)} is missing.",
        "Run `winnow repair` with the collection's name, then `winnow repair --catalogue` if that does not help.",
    )


def current_generation(home: Path, name: str) -> int:
    """The number of the current generation: one indexed read of the catalogue, for noticing new commits."""
    return Catalogue(home).get(name).generation


def _open(layout: CollectionLayout, row: CollectionRow, wanted: int | None) -> Generation | None:
    """The generation, or None if the sweeper took the current one before it was pinned."""
    number = row.generation if wanted is None else wanted
    if number > row.generation:
        raise GenerationExpired(f"{row.name!r} is at generation {row.generation}; {number} is unknown.", _EXPIRED)
    if wanted is not None and not layout.manifest(number).exists():
        raise GenerationExpired(f"Generation {number} of {row.name!r} is gone.", _EXPIRED)
    if not layout.pins.is_dir():
        raise StoreDamaged(f"{layout.pins} is missing.", "Restore the collection from a backup.")
    lock = pin(layout.pin(number))
    try:
        if layout.manifest(number).exists():
            return Generation(layout, read_manifest(layout, number), lock)
    except BaseException:
        lock.release()
        raise
    lock.release()
    if wanted is not None:
        raise GenerationExpired(f"Generation {number} of {row.name!r} is gone.", _EXPIRED)
    return None


_EXPIRED = "Search again: the answer comes from the current generation."
