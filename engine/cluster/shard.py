"""A part of a collection, which answers the query path's questions about its own rows with the query path's own code.

Rows are the shard's: their positions count its segments. Statistics of the whole generation come with the questions.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.cluster.facts import Names, Numbers, Owners, names_of, owners_of
from engine.cluster.published.statistics import QueryStatistics
from engine.cluster.scope import Scope
from engine.cluster.session import SEVERAL, Question
from engine.errors import UsageError
from engine.lexical.identifiers import Identifier
from engine.lexical.query import LexicalQuery
from engine.lexical.search import best_by_words, search_lexical
from engine.lru import Lru
from engine.metadata.values import Value
from engine.query.exact import Holders, find_holders
from engine.query.facets import counters, matched_rows
from engine.query.legs import NOTHING, Leg, Retrieved
from engine.query.passages.inner_hits import inner_hits
from engine.query.passages.row_scores import both_scores, rivals
from engine.query.reading import holds_identifier, writes_flag
from engine.query.request import Mode
from engine.query.retrieval import beginning, row_masks
from engine.query.why_not import obeys
from engine.recipe import Recipe
from engine.settings import settings
from engine.store.generation import Generation
from engine.types import Chunk, Document, Float32, Float64, Locator, Masks, RowId, Rows
from engine.vectors.first_pass import nearest, smallest
from engine.vectors.search import SCANS, rescore

_REMEMBERED = 64  # queries whose masks are kept: a search asks several times
FINER = -1  # the distance of a row that an index has chosen by something finer


@dataclass(frozen=True, slots=True)
class Found:
    """Rows that a leg found, shapes (n,): position of the segment, row, score; of the dense leg Hamming distances.

    `names` are those of the documents of the best. `indexed` says whether an index chose among the rows, so that fewer
    asked for are not always some of these.
    """

    segments: Numbers
    rows: Numbers
    scores: NDArray[np.floating[Any]]
    distances: NDArray[np.int32] | None
    owners: Owners
    names: Names
    indexed: bool = False


Sibling = tuple[RowId, tuple[str, Chunk]]  # another passage of a document: its row, the title, and itself


class Text(NamedTuple):
    """A document as it is compared with others."""

    uri: str
    title: str
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Whole:
    """A passage with its document, and where the document's text stands in its file: the fields of its locators, of
    which there may be one a line.
    """

    chunk: Chunk
    document: Document
    located: tuple[tuple[Any, ...], ...]

    @property
    def locators(self) -> tuple[Locator, ...]:
        return tuple(Locator(*fields) for fields in self.located)


class Shard:
    """Answers for the segments of `generation`, which is a part of one. Safe under threads."""

    def __init__(self, generation: Generation) -> None:
        self.generation = generation
        self._masks = Lru[Scope, Masks](_REMEMBERED)

    def answer(self, operation: str, *arguments: Any) -> Any:
        """Do one of OPERATIONS, or SEVERAL, each a name with its arguments. Raises what the query path raises:
        StoreDamaged, InvalidFilter, ...
        """
        if operation == SEVERAL:
            return [self.answer(name, *given) for name, given in arguments]
        if operation not in OPERATIONS:
            raise UsageError(f"A shard does not know {operation!r}.", "Run the same version of Winnow everywhere.")
        with self.generation.damage_reported():
            return OPERATIONS[operation](self, *arguments)

    def check(self) -> None:
        """Touch every segment as a query does. StoreDamaged."""
        for segment in self.generation.segments:
            segment.check_now()
            if segment.rows:
                segment.passage(0)
                segment.lexical.document_frequency("")

    def lexical(self, scope: Scope, recipe: Recipe, k: int) -> Found:
        """The k best rows by BM25."""
        segments = [segment.lexical for segment in self.generation.segments]
        masks, name = self._allowed(scope), self.generation.chunk_id
        places, rows, scores = best_by_words(segments, scope.query, scope.statistics, recipe, k, masks, name)
        return self._found(places, rows, scores, None, slice(None))

    def dense(self, scope: Scope, vector: Float32, k: int, oversampling: int) -> Found:
        """Rows among which are those that the first pass over the whole generation keeps, with their scores."""
        places = [place for place, segment in enumerate(self.generation.segments) if segment.entry.embedded]
        masks, segments = self._allowed(scope), [self.generation.segments[place].vectors for place in places]
        wanted = k * oversampling
        parts = nearest(segments, vector, wanted, [masks[place] for place in places], SCANS[settings().scan])
        kept = smallest([found.distances for _, found in parts], wanted)
        positions, rows = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        distances, scores = [np.empty(0, np.int32)], [np.empty(0, np.float32)]
        for (position, part), chosen in zip(parts, kept, strict=True):
            own = part.rows[chosen]
            rows.append(own)
            positions.append(np.full(len(own), places[position], np.int64))
            near = np.full(len(own), FINER, np.int32) if part.distances is None else part.distances[chosen]
            distances.append(near.astype(np.int32))
            scores.append(rescore([segments[position]], [own], vector))
        all_scores = np.concatenate(scores)
        best = np.argsort(-all_scores, kind="stable")[:k]
        indexed = any(files.index is not None for files in segments)
        found = self._found(
            np.concatenate(positions), np.concatenate(rows), all_scores, np.concatenate(distances), best
        )
        return replace(found, indexed=indexed)

    def finds(self, scope: Scope, query: LexicalQuery, statistics: QueryStatistics, recipe: Recipe) -> bool:
        """Whether an allowed row has a word of a query, which may be another than that of the scope."""
        segments = [segment.lexical for segment in self.generation.segments]
        return bool(search_lexical(segments, query, statistics, recipe, 1, self._allowed(scope)))

    def holders(self, scope: Scope, wanted: Sequence[Identifier], most: int) -> dict[str, Holders | None]:
        """See engine/query/exact.py."""
        return find_holders(self.generation, wanted, self._allowed(scope), most=most, collapse=scope.collapse)

    def facets(
        self, scope: Scope, recipe: Recipe, fields: Sequence[str], lexical: bool, rows: Sequence[RowId]
    ) -> dict[str, Counter[Value]]:
        """How many matched documents have each value; `rows` are those that a leg listed."""
        legs = [Leg((), tuple(rows), ())]
        matched = matched_rows(self._with(scope), self._allowed(scope), scope.query, recipe, lexical, legs)
        return counters(self.generation, fields, matched)

    def both_scores(
        self, scope: Scope, recipe: Recipe, vector: Float32 | None, rows: Sequence[RowId]
    ) -> dict[RowId, float]:
        return both_scores(self._with(scope), rows, scope.query, vector, recipe)

    def rivals(
        self, scope: Scope, recipe: Recipe, vector: Float32 | None, rows: Sequence[RowId]
    ) -> list[list[Sibling]]:
        """For each row the other passages of its document worth reading, and what is to be read of them."""
        found = rivals(self._with(scope), rows, self._allowed(scope), scope.query, vector, recipe)
        return [[(other, self.generation.passage(other)) for other in found[row]] for row in rows]

    def lexical_scores(self, scope: Scope, recipe: Recipe, segment: int, rows: Rows) -> Float64:
        return self._with(scope).lexical_scores(segment, rows, scope.query, recipe)

    def inner_hits(
        self, scope: Scope, recipe: Recipe, mode: Mode, vector: Float32 | None, row: RowId, most: int
    ) -> tuple[Chunk, ...]:
        found = Retrieved(scope.query, NOTHING, NOTHING, (), mode, vector)
        return inner_hits(self._with(scope), found, recipe, row, most)

    def obeys(self, query: LexicalQuery, collapse: bool, rows: Sequence[RowId]) -> bool:
        """See engine/query/why_not.py."""
        return obeys(self.generation, rows, query, collapse)

    def allowed(self, scope: Scope, rows: Sequence[RowId]) -> list[RowId]:
        return self.generation.allowed(self._allowed(scope), rows)

    def facts(self, rows: Sequence[RowId]) -> tuple[Owners, Names]:
        places = np.array([(row.segment, row.row) for row in rows], np.int64).reshape(-1, 2)
        owners = owners_of(self.generation, places[:, 0], places[:, 1])
        return owners, names_of(self.generation, places[:, 0], places[:, 1], owners.documents)

    def passages(self, rows: Sequence[RowId]) -> list[tuple[str, Chunk]]:
        return [self.generation.passage(row) for row in rows]

    def texts(self, rows: Sequence[RowId]) -> list[Text]:
        facts = (partial(self.generation.document_cell, row) for row in rows)
        return [Text(fact("uri"), fact("title"), fact("text"), fact("language")) for fact in facts]

    def documents(self, rows: Sequence[RowId]) -> list[Whole]:
        return [self._whole(row) for row in rows]

    def beginnings(self, rows: Sequence[RowId]) -> list[RowId]:
        return [beginning(self.generation, row) for row in rows]

    def find(self, documents: Sequence[str]) -> dict[str, tuple[int, int]]:
        """Where those of the documents lie that are here: segment and row of the document."""
        places = {document: self.generation.find(document) for document in documents}
        return {document: place for document, place in places.items() if place is not None}

    def _whole(self, row: RowId) -> Whole:
        chunk, document = self.generation.chunk(row)
        segment = self.generation.segments[row.segment]
        located = segment.locators(self.generation.document_row(row))
        return Whole(chunk, document, tuple((at.start, at.kind, at.value, at.counting) for at in located))

    def _with(self, scope: Scope) -> Generation:
        """The shard's rows, counted as part of the whole generation."""
        counted = copy.copy(self.generation)
        counted.statistics = scope.statistics
        return counted

    def _allowed(self, scope: Scope) -> Masks:
        masks = self._masks.get(scope)
        if masks is None:
            masks = row_masks(self.generation, scope.query, scope.request)
            self._masks.put(scope, masks)
        return masks

    def _found(
        self,
        segments: NDArray[np.int64],
        rows: Rows,
        scores: NDArray[np.floating[Any]],
        distances: NDArray[np.int32] | None,
        best: NDArray[np.int64] | slice,
    ) -> Found:
        owners = owners_of(self.generation, segments, rows)
        names = names_of(self.generation, segments[best], rows[best], owners.documents[best])
        return Found(segments.astype(np.int32), rows.astype(np.int32), scores, distances, owners, names)


def _of_generation(name: str) -> Callable[..., Any]:
    """An operation that any generation has."""

    def operation(shard: Shard, *arguments: Any) -> Any:
        return getattr(shard.generation, name)(*arguments)

    return operation


def _of_contents(name: str) -> Callable[..., Any]:
    """An operation that the contents of any generation have."""

    def operation(shard: Shard, *arguments: Any) -> Any:
        return getattr(shard.generation.contents, name)(*arguments)

    return operation


_OWN = (
    "lexical", "dense", "finds", "holders", "facets", "both_scores", "rivals", "lexical_scores", "inner_hits",
    "allowed", "obeys", "facts", "passages", "texts", "documents", "beginnings", "find",
)  # fmt: skip
_GENERATION = ("codes", "dense_scores", "document_values", "are_alive", "passing", "chunk_rows", "passage_spans")
_CONTENTS = {
    "living_rows": "rows", "documents_in": "documents", "stored": "stored", "titles_in": "titles_of",
    "headings_in": "headings_of", "values": "values",
}  # fmt: skip
OPERATIONS: Mapping[str, Callable[..., Any]] = {
    **{name: getattr(Shard, name) for name in _OWN},
    **{name: _of_generation(name) for name in _GENERATION},
    **{name: _of_contents(method) for name, method in _CONTENTS.items()},
    "was_deleted": lambda shard, document: shard.generation.was_deleted(document),
    "writes_flag": lambda shard, *arguments: writes_flag(shard.generation, *arguments),
    "holds_identifier": lambda shard, *arguments: holds_identifier(shard.generation, *arguments),
}


class LocalShards:
    """All shards in this process; implements engine.cluster.session.Shards. No machine but this one is needed."""

    def __init__(self, shards: Sequence[Shard]) -> None:
        self._shards = shards

    @property
    def count(self) -> int:
        return len(self._shards)

    def ask(self, questions: Mapping[int, Question]) -> dict[int, Any]:
        return {
            shard: self._shards[shard].answer(operation, *arguments)
            for shard, (operation, arguments) in questions.items()
        }

    def close(self) -> None:
        """The generations hold no lock."""
