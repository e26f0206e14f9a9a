"""Whether the parts of a segment agree with each other and with what the manifest says of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.errors import WinnowError
from engine.lexical.forward_index import FILES
from engine.metadata.columns import field_of, fits_column
from engine.store.layout import LEXICAL_DIRECTORY
from engine.store.manifest import LivingTotals
from engine.store.segments.metadata import Schema
from engine.store.segments.segment import Segment, column_view
from engine.store.segments.tables import code_point_bytes
from engine.store.segments.tombstones import Tombstones
from engine.text.places import fit

Check = Callable[[Segment, Tombstones, Schema], Iterator[str]]


def segment_problems(segment: Segment, tombstones: Tombstones | None, schema: Schema) -> list[str]:
    """Everything that does not fit. Its files have been found to match their checksums before."""
    deleted = tombstones or Tombstones.none(segment.entry.chunks, segment.entry.documents)
    problems = []
    for check in (_rows, _chunks_match_text, _living, _terms, _metadata):
        try:
            problems += list(check(segment, deleted, schema))
        except (WinnowError, pa.ArrowException, ValueError, IndexError, OSError) as error:
            problems.append(f"cannot be checked: {error}")
    return [f"segment {segment.id}: {problem}" for problem in problems]


def _rows(segment: Segment, deleted: Tombstones, schema: Schema) -> Iterator[str]:
    """Row counts, references from chunks to documents, unique ids."""
    segment.documents.validate(full=True)
    segment.chunks.validate(full=True)
    entry, owners = segment.entry, segment.document_rows
    counts = {"lexical": segment.lexical.rows, "tantivy": segment.lexical.tantivy.documents}
    if entry.embedded:
        counts["vectors"] = segment.vectors.rows
    yield from (
        f"{part}: {rows} rows instead of {entry.chunks}" for part, rows in counts.items() if rows != entry.chunks
    )
    if len(owners) and (owners.min() < 0 or owners.max() >= entry.documents or (np.diff(owners) < 0).any()):
        yield "chunks refer to documents that are not there, or out of order"
    if pc.count_distinct(segment.documents.column("id")).as_py() != entry.documents:
        yield "a document is there twice"


def _chunks_match_text(segment: Segment, deleted: Tombstones, schema: Schema) -> Iterator[str]:
    """Byte and code-point offsets cut the same text, ordinals count from 0; locators point into it."""
    spans = np.stack([column_view(segment.chunks, n) for n in ("ordinal", "start", "end", "byte_start", "byte_end")], 1)
    bounds = np.searchsorted(segment.document_rows, np.arange(segment.entry.documents + 1))
    for row in range(segment.entry.documents):
        own = spans[bounds[row] : bounds[row + 1]]
        offsets = code_point_bytes(segment.documents.column("text")[row].as_py())
        inside = (own[:, 1] >= 0) & (own[:, 1] <= own[:, 2]) & (own[:, 2] < len(offsets))
        whole = inside.all() and (offsets[own[:, 1:3]] == own[:, 3:5]).all()
        if not whole or not np.array_equal(own[:, 0], np.arange(len(own))):
            yield f"the chunks of document row {row} do not fit its text"
        if not fit(segment.locators(row), len(offsets) - 1):
            yield f"the locators of document row {row} do not fit its text"


def _living(segment: Segment, deleted: Tombstones, schema: Schema) -> Iterator[str]:
    """The manifest's living totals and languages, counted again."""
    entry = segment.entry
    if not np.array_equal(deleted.chunks, deleted.documents[segment.document_rows]):
        yield "deleted chunks are not those of the deleted documents"
    alive = np.flatnonzero(~deleted.chunks)
    totals = segment.lexical.totals(alive)
    documents = int((~deleted.documents).sum())
    counted = LivingTotals(len(alive), documents, totals.title_length, totals.body_length)
    if counted != entry.living:
        yield f"{counted} are alive, but the manifest says {entry.living}"
    languages = segment.documents.column("language").to_pylist()
    if Counter(languages[row] for row in segment.document_rows[alive]) != Counter(entry.languages):
        yield "the manifest's languages are not those of the living chunks"


def _terms(segment: Segment, deleted: Tombstones, schema: Schema) -> Iterator[str]:
    """Document frequencies, of all rows and of deleted rows, counted again from the forward index."""
    file, dtype = FILES["document_frequency"]
    stored = np.fromfile(segment.directory / LEXICAL_DIRECTORY / "forward" / file, dtype)
    ids, counts = segment.lexical.term_counts(np.arange(segment.rows))
    if not np.array_equal(ids, np.arange(len(stored))) or not np.array_equal(counts, stored):
        yield "the document frequencies are not those of the forward index"
    ids, counts = segment.lexical.term_counts(np.flatnonzero(deleted.chunks))
    if not np.array_equal(ids, deleted.term_ids) or not np.array_equal(counts, deleted.counts):
        yield "the tombstones' term counts are not those of the deleted rows"


def _metadata(segment: Segment, deleted: Tombstones, schema: Schema) -> Iterator[str]:
    """Every metadata column has a type that the schema gives its field."""
    for field in segment.documents.schema:
        name = field_of(field.name)
        if name is not None and not fits_column(field.name, field.type, schema.get(name)):
            yield f"metadata field {name!r} is a {field.type}, but the schema says {schema.get(name)}"
