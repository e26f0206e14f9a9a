"""A generation whose segments lie on other machines: rows are read from the shards, many at a time, once per search."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np

from engine.cluster.contents import ClusterContents
from engine.cluster.facts import Facts
from engine.cluster.published.statistics import PublishedStatistics
from engine.cluster.scope import Scope
from engine.cluster.session import About, Answer, Session
from engine.cluster.shard import Sibling, Text, Whole
from engine.errors import NotInCluster
from engine.filters import Filter, check_filter
from engine.lexical.closed_compounds import ClosedCompounds
from engine.lexical.query import LexicalQuery
from engine.lexical.spelling import Speller
from engine.lexical.statistics import WholeStatistics
from engine.lexical.synonyms import SynonymTable
from engine.lexical.vocabulary import Forms
from engine.metadata.values import Value
from engine.query.request import Request
from engine.recipe import Recipe
from engine.store.contents.contents import Contents
from engine.store.generation import Ahead, Generation
from engine.store.segments.segment import Fact
from engine.text.places import places_of
from engine.types import Chunk, Document, Float32, Float64, Masks, Place, RowId, RowMask, Rows
from engine.vectors.codecs import Int8

_ANY = Request("*")  # scores do not depend on what is allowed
_REMEDY = "Ask a machine that has the whole collection (`winnow cluster pull` makes one)."


@dataclass
class Known:
    """The part of a generation that every search needs, read once: its manifest in `shell`, a generation without
    segments, and its statistics.
    """

    shell: Generation
    statistics: PublishedStatistics
    words: dict[str, int]
    ruled: dict[str, tuple[int, int]] | None = None  # None: not looked up yet
    compounds: dict[str, ClosedCompounds] = field(default_factory=dict)
    forms: dict[frozenset[str], Forms] = field(default_factory=dict)

    @cached_property
    def speller(self) -> Speller:
        return Speller([self.words])


class ClusterGeneration(Generation):
    """The generation as one search sees it. What takes all rows of a segment is for shards: NotInCluster here."""

    def __init__(self, known: Known, session: Session) -> None:  # no files are opened, as those of the base class are
        self.layout, self.manifest = known.shell.layout, known.shell.manifest
        self.session = session
        self.known = known
        self.facts = Facts()
        self._codes: dict[RowId, Int8] = {}
        self._passages: dict[RowId, tuple[str, Chunk]] = {}
        self._texts: dict[RowId, Text] = {}
        self._wholes: dict[RowId, Whole] = {}
        self._rivals: dict[RowId, Sequence[Sibling]] = {}
        self._read: dict[str, dict[RowId, Any]] = {
            "codes": self._codes, "passages": self._passages, "texts": self._texts, "documents": self._wholes,
            "rivals": self._rivals,
        }  # fmt: skip
        self._foreseen: dict[str, tuple[tuple[Any, ...], Sequence[RowId]]] = {}

    @property
    def segments(self) -> Any:  # type: ignore[override]
        raise NotInCluster("A cluster does not read whole segments for one request.", _REMEDY)

    @cached_property
    def tombstones(self) -> Any:
        raise NotInCluster("A cluster does not read the deleted rows of all segments for one request.", _REMEDY)

    @cached_property
    def living(self) -> Any:
        raise NotInCluster("A cluster does not read the deleted rows of all segments for one request.", _REMEDY)

    @cached_property
    def contents(self) -> Contents:
        return ClusterContents(self.manifest, self.session)

    @cached_property
    def statistics(self) -> WholeStatistics:
        return self.known.statistics

    @cached_property
    def languages(self) -> list[str]:
        return self.known.shell.languages

    @cached_property
    def speller(self) -> Speller:
        return self.known.speller

    @cached_property
    def synonyms(self) -> SynonymTable:
        return self.known.shell.synonyms

    @cached_property
    def ruled(self) -> dict[str, tuple[int, int]]:
        if self.known.ruled is None:
            found = self._find(self.manifest.curation.documents)
            if self.session.failed:
                return found
            self.known.ruled = found
        shards, failed = self.session.places.shard, self.session.failed
        return {name: place for name, place in self.known.ruled.items() if shards(place[0])[0] not in failed}

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset(self.known.words)

    @property
    def _compounds(self) -> dict[str, ClosedCompounds]:
        return self.known.compounds

    @property
    def _forms(self) -> dict[frozenset[str], Forms]:
        return self.known.forms

    # Facts of single rows.

    def know(self, rows: Iterable[RowId]) -> None:
        """Fetch the facts of rows that are not known yet, at once."""
        missing = [row for row in dict.fromkeys(rows) if not self.facts.has(row)]
        for here, _, (owners, names) in self.ask(missing, "facts"):
            self.facts.note_owners(here, owners)
            self.facts.note_names(self.session.places.positions(self.session.places.part(here[0])[0]), names)

    def foresee(self, operation: Ahead | Literal["codes", "rivals"], rows: Sequence[RowId], *before: Any) -> None:
        """Rows that will be read: they come with the next answer about any rows, whatever that is about. `before` are
        the operation's arguments before the rows, the same in all of a search.
        """
        _, known = self._foreseen.get(operation, (before, ()))
        self._foreseen[operation] = before, [*known, *rows]

    def ask(self, rows: Sequence[RowId], operation: str, *before: Any, after: Sequence[Any] = ()) -> list[Answer]:
        """Ask about rows, if there are any, as `Session.at`; what was foreseen comes with the answer."""
        if not rows:
            return []
        ahead = {name: foreseen for name, foreseen in self._foreseen.items() if name != operation}
        self._foreseen = {}
        about = [About(rows, operation, before, after)]
        about += [About(self._missing(name, foreseen), name, other) for name, (other, foreseen) in ahead.items()]
        answers, *others = self.session.at_once(about)
        for name, found in zip(ahead, others, strict=True):
            self._keep(name, found)
        return answers

    def rivals(self, rows: Sequence[RowId], *before: Any) -> dict[RowId, Sequence[RowId]]:
        """Other passages worth reading of each row's document, as engine/query/passages/row_scores.py finds them: what
        is read of them came with their names, and what is shown of them is that of the document's known passage.
        """
        self._fetch("rivals", rows, *before)
        found: dict[RowId, Sequence[RowId]] = {}
        for row in rows:
            passages = {RowId(row.segment, other.row): passage for other, passage in self._rivals[row]}
            self._passages |= passages
            if row in self._wholes:
                whole = self._wholes[row]
                self._wholes |= {other: replace(whole, chunk=chunk) for other, (_, chunk) in passages.items()}
            found[row] = list(passages)
        return found

    def _missing(self, name: str, rows: Iterable[RowId]) -> list[RowId]:
        return [row for row in dict.fromkeys(rows) if row not in self._read[name]]

    def _keep(self, name: str, answers: Iterable[Answer]) -> None:
        for here, _, read in answers:
            self._read[name] |= zip(here, read, strict=True)

    def _fetch(self, name: str, rows: Iterable[RowId], *before: Any) -> None:
        """Read what is not known yet of rows, at once."""
        missing = self._missing(name, rows)
        if missing:
            _, foreseen = self._foreseen.get(name, (before, ()))
            missing = list(dict.fromkeys((*missing, *self._missing(name, foreseen))))
        self._keep(name, self.ask(missing, name, *before))

    def document_row(self, row: RowId) -> int:
        known = self.facts.document_row(row)
        if known is None:
            self.know([row])
            known = self.facts.document_row(row)
        assert known is not None  # noqa: S101 - told by the line before
        return known

    def document_rows(self, rows: Sequence[RowId]) -> list[int]:
        return [self.document_row(row) for row in rows]

    def document_id(self, row: RowId) -> str:
        self.know([row])
        return self.facts.document_id(row)

    def document_ids(self, rows: Sequence[RowId]) -> list[str]:
        self.know(rows)
        return [self.facts.document_id(row) for row in rows]

    def chunk_id(self, row: RowId) -> str:
        self.know([row])
        return self.facts.chunk_id(row)

    def text_sizes(self, rows: Sequence[RowId]) -> list[int]:
        self.know(rows)
        return [self.facts.text_size(row) for row in rows]

    def document_cell(self, row: RowId, name: Fact) -> str:
        return self.document_id(row) if name == "id" else str(getattr(self._text(row), name))

    def text_bytes(self, row: RowId) -> memoryview:
        return memoryview(self._text(row).text.encode())

    def document_values(self, rows: Iterable[RowId], field: str) -> dict[RowId, Value | None]:
        found: dict[RowId, Value | None] = {}
        for here, there, values in self.ask(list(rows), "document_values", after=(field,)):
            found |= {row: values[own] for row, own in zip(here, there, strict=True)}
        return found

    def are_alive(self, rows: Sequence[RowId]) -> bool:
        return all(alive for _, _, alive in self.session.at(rows, "are_alive"))

    def allowed(self, masks: Masks, rows: Iterable[RowId]) -> list[RowId]:
        wanted = list(rows)
        kept = set[RowId]()
        for here, there, allowed in self.session.at(wanted, "allowed", masks):
            kept |= {row for row, own in zip(here, there, strict=True) if own in set(allowed)}
        return [row for row in wanted if row in kept]

    def passing(self, filter: Filter, rows: Iterable[RowId]) -> set[RowId]:
        check_filter(filter, self.manifest.metadata_schema)
        kept = set[RowId]()
        for here, there, passing in self.ask(list(rows), "passing", filter):
            kept |= {row for row, own in zip(here, there, strict=True) if own in passing}
        return kept

    def codes(self, rows: Sequence[RowId]) -> Int8:
        self._fetch("codes", rows)
        dimension = self.manifest.query_fingerprint.dimension
        return np.array([self._codes[row] for row in rows], np.int8).reshape(len(rows), dimension)

    def lexical_scores(self, segment: int, rows: Rows, query: LexicalQuery, recipe: Recipe) -> Float64:
        shard, place = self.session.places.shard(segment)
        scope = Scope.of(query, _ANY, self.statistics)
        scores: Float64 = self.session.of(shard, "lexical_scores", scope, recipe, place, rows)
        return scores

    def dense_scores(self, segment: int, rows: Rows, vector: Float32 | None) -> Float64 | None:
        shard, place = self.session.places.shard(segment)
        scores: Float64 | None = self.session.of(shard, "dense_scores", place, rows, vector)
        return scores

    # Texts.

    def read_ahead(self, rows: Iterable[RowId], what: Ahead = "passages") -> None:
        if what != "texts":
            self._fetch(what, rows)
            return
        _, foreseen = self._foreseen.get("documents", ((), ()))
        wanted = [row for row in rows if row not in self._wholes]
        others = set(wanted).difference(foreseen)
        if others:
            self._fetch("texts", [row for row in wanted if row in others])  # documents come with them
        else:
            self._fetch("documents", wanted)

    def passage(self, row: RowId) -> tuple[str, Chunk]:
        self.read_ahead([row])
        return self._passages[row]

    def chunk(self, row: RowId) -> tuple[Chunk, Document]:
        whole = self._whole(row)
        return whole.chunk, whole.document

    def places(self, row: RowId, document: Document, start: int, end: int) -> tuple[Place, ...]:
        return places_of(document.text, self._whole(row).locators, start, end)

    def document(self, segment: int, row: int) -> Document:
        [document] = self.contents.documents([(segment, row)])
        return document

    def chunk_rows(self, segment: int, document_row: int) -> list[RowId]:
        shard, place = self.session.places.shard(segment)
        rows = self.session.of(shard, "chunk_rows", place, document_row)
        return [self.session.places.whole(shard, row) for row in rows]

    def passage_spans(self, segment: int, document_row: int) -> list[tuple[int, int]]:
        shard, place = self.session.places.shard(segment)
        spans: list[tuple[int, int]] = self.session.of(shard, "passage_spans", place, document_row)
        return spans

    def find(self, document_id: str) -> tuple[int, int] | None:
        return self._find([document_id]).get(document_id)

    def filter_masks(self, filter: Filter | None) -> list[RowMask | None]:
        raise NotInCluster("The rows that a filter passes are known to the shards alone.", _REMEDY)

    @contextmanager
    def damage_reported(self) -> Iterator[None]:
        """Shards report what is damaged there."""
        yield

    def close(self) -> None:
        self.known.shell.close()

    def was_deleted(self, document_id: str) -> bool:
        """Whether a shard still has it; nothing is known of a document whose segment was split."""
        return any(self.session.each("was_deleted", document_id).values())

    def _find(self, documents: Iterable[str]) -> dict[str, tuple[int, int]]:
        """A document that is in several shards, replaced in one of them, lives in one only."""
        wanted, found = list(documents), dict[str, tuple[int, int]]()
        for shard, places in (self.session.each("find", wanted) if wanted else {}).items():
            positions = self.session.places.positions(shard)
            found |= {document: (positions[segment], row) for document, (segment, row) in places.items()}
        return found

    def _whole(self, row: RowId) -> Whole:
        self.read_ahead([row], "documents")
        return self._wholes[row]

    def _text(self, row: RowId) -> Document | Text:
        self.read_ahead([row], "texts")
        return self._wholes[row].document if row in self._wholes else self._texts[row]
