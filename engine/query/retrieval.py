"""The first half of the query path: parse the query, mask the rows it allows, search both legs."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from engine.errors import Overloaded
from engine.filters import And, Filter, Not, field_filter
from engine.lexical.identifiers import Identifier, identifiers, is_identifier, strip_punctuation
from engine.lexical.query import LexicalQuery
from engine.lexical.search import constraint_mask, search_lexical
from engine.protocols import Encoder, Reranker
from engine.query.curated.hiding import hide
from engine.query.exact import NOTHING_EXACT, Exact, find_exact
from engine.query.frozen import DEPTH, deeper
from engine.query.legs import NOTHING, Leg, Retrieved, Retriever
from engine.query.passages.row_scores import agreed, both_scores, rivals
from engine.query.passages.token_matches import matched
from engine.query.reading import Reader, Reading
from engine.query.request import Mode, Request
from engine.query.state import Search
from engine.query.timing import Timings
from engine.recipe import Recipe
from engine.settings import settings
from engine.store.generation import Generation
from engine.text.language import is_outside
from engine.types import Float32, Masks, RowId, RowMask
from engine.vectors.search import SCANS

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Retrieval:
    """Finds candidates in one pinned generation with the encoder that indexed it."""

    generation: Generation
    encoder: Encoder

    def retrieve(self, request: Request, recipe: Recipe, timings: Timings) -> Retrieved:
        """Both legs' results for the request."""
        with timings.stage("parse"):
            reading, masks = self._read(request, recipe)
            query = reading.query
            mode = self._mode(request, query)
        if asks_nothing(request, query):
            return Retrieved(query, NOTHING, NOTHING, masks, mode, None, reading)
        depth = recipe.rerank_depth if recipe.rerank != "none" else 0
        wanted = max(recipe.candidates, min(max(request.k, depth), self.generation.manifest.living.chunks))
        retriever = self.retriever(masks, recipe, wanted, bool(request.collapse))
        found = self._search(retriever, query, mode, timings)
        with timings.stage("agreement"):
            found = agreed(found, lambda rows: self.both_scores(rows, found, recipe))
        with timings.stage("tokens"):
            found = matched(found, self.generation, self.encoder, recipe)
        return replace(found, reading=reading)

    def deeper(self, search: Search) -> dict[str, RowId]:
        """Documents that the legs find beyond the candidates."""
        found, recipe = search.found, search.recipe
        wanted = max(recipe.candidates, search.request.k)
        if max(len(found.lexical.keys), len(found.dense.keys)) < wanted or len(search.rows) >= DEPTH:
            return {}
        retriever = self.retriever(found.masks, recipe, DEPTH, bool(search.request.collapse))
        more = self._search(retriever, found.query, found.mode, Timings(), found.vector, exact=False)
        fused = more.fused(recipe)
        return deeper(search.rows, more.lexical, more.dense, [key for key, _ in fused])

    def retriever(self, masks: Masks, recipe: Recipe, wanted: int, collapse: bool) -> Retriever:
        return Retriever(self.generation, masks, recipe, wanted, collapse)

    def both_scores(self, rows: Sequence[RowId], found: Retrieved, recipe: Recipe) -> Mapping[RowId, float]:
        """Scores of both legs together, of each row."""
        return both_scores(self.generation, rows, found.query, found.vector, recipe)

    def rivals(self, rows: Sequence[RowId], found: Retrieved, recipe: Recipe) -> Mapping[RowId, Sequence[RowId]]:
        """Other passages of the rows' documents that both legs score nearly as high."""
        return rivals(self.generation, rows, found.masks, found.query, found.vector, recipe)

    def beginnings(self, rows: Mapping[str, RowId], request: Request) -> dict[str, RowId]:
        """The first passages of the documents of `rows`: a query of nothing but filters says nothing of any other."""
        if not request.collapse:
            return dict(rows)
        return {key: beginning(self.generation, row) for key, row in rows.items()}

    def parse(self, query: str) -> LexicalQuery:
        """The query in terms of the collection's languages and metadata fields."""
        return self.reader.read(query, correct=False).query

    def encode(self, query: LexicalQuery) -> Float32:
        """The query's embedding, shape (d,)."""
        vector: Float32 = self.encoder.encode([query.text], role="query")[0]
        return vector

    @property
    def reader(self) -> Reader:
        return Reader(self.generation, self.encoder.tokens)

    def _read(self, request: Request, recipe: Recipe) -> tuple[Reading, Masks]:
        """The query, and the rows that it allows. Exclusions that leave nothing of what has its words are words."""
        reading = self.reader.read(request.query, correct=request.correct)
        masks = self.masks(reading.query, request)
        if not (reading.query.excluded and reading.query.terms) or self.finds(reading.query, masks, recipe):
            return reading, masks
        other = self.reader.read(request.query, correct=request.correct, exclusions=False)
        if other.query.excluded == reading.query.excluded:
            return reading, masks
        others = self.masks(other.query, request)
        return (other, others) if self.finds(reading.query, others, recipe) else (reading, masks)

    def finds(self, query: LexicalQuery, masks: Masks, recipe: Recipe) -> bool:
        """Whether an allowed row has a word of the query."""
        segments = [segment.lexical for segment in self.generation.segments]
        return bool(search_lexical(segments, query, self.generation.statistics, recipe, 1, masks))

    def masks(self, query: LexicalQuery, request: Request) -> Masks:
        """The rows that any leg may return."""
        return row_masks(self.generation, query, request)

    def words(self, retriever: Retriever, query: LexicalQuery, timings: Timings, *, exact: bool) -> tuple[Leg, Exact]:
        """The lexical leg, and where `exact` the passages that hold identifiers of the query."""
        with timings.stage("exact"):
            held = self._exact(query, retriever) if exact else NOTHING_EXACT
        with timings.stage("lexical"):
            return retriever.lexical(query), held

    def _exact(self, query: LexicalQuery, retriever: Retriever) -> Exact:
        wanted, alone = self.identified(query)
        return find_exact(self.generation, wanted, retriever.masks, alone=alone, collapse=retriever.collapse)

    def identified(self, query: LexicalQuery) -> tuple[Sequence[Identifier], bool]:
        """The identifiers of the query, and whether it consists of them."""
        wanted = identifiers(query.plain, self.generation.languages)
        return wanted, bool(wanted) and all(is_identifier(strip_punctuation(word)) for word in query.plain.split())

    def _search(
        self,
        retriever: Retriever,
        query: LexicalQuery,
        mode: Mode,
        timings: Timings,
        vector: Float32 | None = None,
        exact: bool = True,
    ) -> Retrieved:
        """The legs that `mode` wants, both at once; each continues until it has enough distinct keys or nothing is
        left. `vector` is the query's embedding where it is known already.
        """

        def words() -> tuple[Leg, Exact]:
            return self.words(retriever, query, timings, exact=exact)

        if mode == "lexical":
            leg, held = words()
            return Retrieved(query, leg, NOTHING, retriever.masks, mode, None, exact=held)
        with ThreadPoolExecutor(max_workers=1) as pool:
            other = pool.submit(words) if mode == "hybrid" else None
            try:
                if vector is None:
                    with timings.stage("encode"):
                        vector = self.encode(query)
            except Overloaded as error:
                if other is None:
                    raise
                log.info("The encoder has too much to do, only words are looked for: %s", error)
                leg, held = other.result()
                return Retrieved(query, leg, NOTHING, retriever.masks, "lexical", None, exact=held, overloaded=True)
            with timings.stage("dense"):
                dense = retriever.dense(vector, SCANS[settings().scan])
            found, held = other.result() if other else (NOTHING, NOTHING_EXACT)
            unembedded = retriever.unembedded(found)
            return Retrieved(query, found, dense, retriever.masks, mode, vector, exact=held, unembedded=unembedded)

    def _mode(self, request: Request, query: LexicalQuery) -> Mode:
        """The dense leg steps aside where the encoder does not know the query's language, unless it was asked for."""
        return (
            "lexical"
            if request.mode == "hybrid" and is_foreign(self.encoder, query.text, self.generation)
            else request.mode
        )


def row_masks(generation: Generation, query: LexicalQuery, request: Request) -> list[RowMask | None]:
    """The rows that any leg may return: alive, passing every filter, obeying the query's phrases and exclusions."""
    filters: list[Filter] = [field_filter(field, value) for field, value in query.filters]
    filters += [Not(field_filter(field, value)) for field, value in query.excluded_filters]
    if request.filter is not None:
        filters.append(request.filter)
    masks = generation.filter_masks(And(tuple(filters)) if filters else None)
    masks = hide(generation, request.query, masks)
    return [
        _both(mask, constraint_mask(segment.lexical, query, segment.document_rows if request.collapse else None))
        for mask, segment in zip(masks, generation.segments, strict=True)
    ]


def asks_nothing(request: Request, query: LexicalQuery) -> bool:
    """Whether a request has nothing to search for: no word, and nothing that restricts the hits."""
    restricts = query.filters or query.excluded_filters or query.required or query.excluded or request.filter
    return not query.terms and not restricts


def beginning(generation: Generation, row: RowId) -> RowId:
    """The first passage of the document that a passage belongs to."""
    segment = generation.segments[row.segment]
    return RowId(row.segment, segment.rows_of(int(segment.document_rows[row.row])).start)


def is_foreign(model: Encoder | Reranker, query: str, generation: Generation) -> bool:
    """Whether the query is in a language that the model does not declare."""
    return model.languages is not None and is_outside(query, model.languages, generation.languages)


def _both(first: RowMask | None, second: RowMask | None) -> RowMask | None:
    if first is None or second is None:
        return first if second is None else second
    return first & second
