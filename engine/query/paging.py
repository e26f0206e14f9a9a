"""Cuts pages from a frozen ranking: hits with their texts, and the cursor of the next page."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from engine.protocols import TokenCounter
from engine.query.alike.told import near_duplicates
from engine.query.cursor import Cursor
from engine.query.frozen import DEPTH
from engine.query.legs import Retrieved
from engine.query.passages.inner_hits import inner_hits
from engine.query.passages.surroundings import surroundings
from engine.query.ranking import Ranking
from engine.recipe import Recipe
from engine.rerank.pace import Pace
from engine.snippets.cutting import Cutter
from engine.snippets.finding import wanted
from engine.snippets.highlight import highlight, terms_to_highlight
from engine.snippets.meaning import meaning_of
from engine.store.generation import Generation
from engine.types import Chunk, Document, Hit, Place, RowId, Snippet

_GUESS = 1e-3  # seconds per hit


class Pager:
    """Makes the hits of pages, for one generation. `pace` estimates how long a hit takes."""

    def __init__(self, generation: Generation, recipe: Recipe, tokens: TokenCounter) -> None:
        self._generation, self._recipe, self._tokens = generation, recipe, tokens
        self.pace = Pace(_GUESS)

    def hits(self, page: Cursor, found: Retrieved, ranking: Ranking | None = None) -> tuple[Hit, ...]:
        """The next `page.k` hits. Only with a `ranking`, on page 1, do they have stages, evidence, boosts and
        what the reranker said.
        """
        started = time.monotonic()
        terms = terms_to_highlight(found.query, self._generation.statistics) if page.highlight else frozenset()
        cutter = self._cutter(found)
        places = ranking.places() if ranking else {}
        keys = {row: key for key, row in ranking.rows.items()} if ranking else {}
        evidence = ranking.evidence if ranking else {}
        exact = ranking.exact if ranking else {}
        judged = ranking.judged if ranking else {}
        boosts = ranking.boosts if ranking else {}
        hits = []
        self._generation.read_ahead([entry.row for entry in page.rest[: page.k]], "documents")
        for place, entry in enumerate(page.rest[: page.k]):
            chunk, document = self._generation.chunk(entry.row)
            where = partial(self._generation.places, entry.row, document)
            key = keys.get(entry.row, "")
            inner: tuple[Chunk, ...] = ()
            if page.inner_hits and page.collapse:
                inner = self.inner(found, entry.row, page.inner_hits)
            hits.append(
                Hit(
                    chunk=chunk,
                    document=document,
                    score=entry.score,
                    relevance=entry.relevance,
                    rank=page.position + place + 1,
                    stages=places.get(key, {}),
                    highlights=highlight(chunk.text, document.language, terms) if terms else (),
                    inner=inner,
                    evidence=evidence.get(key),
                    exact=exact.get(key, ()),
                    reranker_score=judged.get(key),
                    boost=boosts.get(entry.row, 0.0),
                    pinned=place < page.pinned,
                    near_duplicates=near_duplicates(self._generation, entry.row, entry.twins),
                    context=self._around(entry.row, document, chunk, page.context) if page.context else None,
                    snippet=_placed(cutter.snippet(document, chunk, evidence.get(key)), chunk, where),
                    inner_snippets=tuple(_placed(cutter.snippet(document, other), other, where) for other in inner),
                    places=where(chunk.start, chunk.end),
                    inner_places=tuple(where(other.start, other.end) for other in inner),
                )
            )
        self.pace.observe(len(hits), time.monotonic() - started)
        return tuple(hits)

    def inner(self, found: Retrieved, row: RowId, most: int) -> tuple[Chunk, ...]:
        """Up to `most` further passages of a hit's document."""
        return inner_hits(self._generation, found, self._recipe, row, most)

    def _around(self, row: RowId, document: Document, chunk: Chunk, budget: int) -> tuple[int, int]:
        spans = self._generation.passage_spans(row.segment, self._generation.document_row(row))

        def tokens(start: int, end: int) -> int:
            return self._tokens.count([document.text[start:end]])[0] if end > start else 0

        return surroundings(spans, (chunk.start, chunk.end), tokens, budget)

    def _cutter(self, found: Retrieved) -> Cutter:
        """Sentences are compared in meaning where the dense leg took part in the search."""
        query = found.query
        meaning = None if found.mode == "lexical" or not query.text.strip() else meaning_of(query.text)
        return Cutter(wanted(query, self._generation.statistics), meaning)

    def next(self, page: Cursor) -> str | None:
        """The cursor of the page after this one, as text; None where nothing is left."""
        rest = page.rest[page.k : max(DEPTH - page.position, 0)]
        if not rest:
            return None
        after = replace(page, position=page.position + page.k, pinned=max(page.pinned - page.k, 0), rest=rest)
        return after.to_text([entry.chunks for entry in self._generation.manifest.segments])


def _placed(snippet: Snippet, chunk: Chunk, where: Callable[[int, int], tuple[Place, ...]]) -> Snippet:
    """The snippet of a passage, with its places."""
    return replace(snippet, places=where(chunk.start + snippet.start, chunk.start + snippet.end))
