"""A collection opened for searching: one pinned generation and the models that it names."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Protocol, overload

from engine.errors import UsageError
from engine.filters import Filter
from engine.models import LocalModels
from engine.models.checkpoints.presets import BUNDLED
from engine.models.encoders.prompting import prompted
from engine.probability.calibration import Calibration
from engine.probability.gate import Gate
from engine.protocols import Encoder, ModelSource, Reranker
from engine.query.cursor import read_cursor
from engine.query.pipeline import Request, Searcher
from engine.query.relevance import find_calibration, find_gate
from engine.query.request import Collapse
from engine.recipe import Recipe
from engine.settings import settings
from engine.store.generation import Generation, open_generation
from engine.types import SearchResult

NO_RERANKER = "none"


class Collection:
    """A collection opened for searching. Safe under threads.

    Use it as a context manager, or call `close`: an open collection pins its generation's files.

    Attributes:
        generation: the generation that was opened, which later commits do not change.
        searcher: the query path, which takes a `Request` with every option.
    """

    def __init__(self, generation: Generation, searcher: Searcher) -> None:
        self.generation = generation
        self.searcher = searcher

    @property
    def name(self) -> str:
        """The collection's name."""
        return self.generation.manifest.collection

    @overload
    def search(self, query: Request) -> SearchResult: ...

    @overload
    def search(
        self,
        query: str,
        k: int = 10,
        *,
        filter: Filter | None = None,
        collapse: Collapse = "near",
        min_relevance: float | None = None,
    ) -> SearchResult: ...

    def search(
        self,
        query: str | Request,
        k: int = 10,
        *,
        filter: Filter | None = None,
        collapse: Collapse = "near",
        min_relevance: float | None = None,
    ) -> SearchResult:
        """The best hits for a query, best first.

        Args:
            query: what a person asks (docs/query-language.md), or a `Request`, which has every option there is.
            k: how many hits at most, from 1.
            filter: what metadata must be, such as `filters.parse_filter("year:>=2020")`.
            collapse: what is a hit: "near" a document with its near-duplicates, True a document, False a passage.
            min_relevance: drop hits that are relevant with a lower probability, in [0, 1]; there may be none left.

        Raises:
            InvalidQuery: the query is empty.
            InvalidFilter: the filter names an unknown field, or a value that its field cannot have.
            UsageError: a number is out of range, `min_relevance` is given and the models have no calibration, or an
                option stands beside a `Request`.

        Examples:
            >>> from winnow import filters, open_collection
            >>> with open_collection("notes", home=home) as collection:
            ...     result = collection.search("ferry timetable", k=3, filter=filters.parse_filter("kind:harbour"))
            >>> [(hit.rank, hit.document.title, hit.snippet.text) for hit in result.hits]
            [(1, 'Ferry', 'The ferry leaves at six.')]
        """
        if not isinstance(query, Request):
            return self.searcher.search(Request(query, k, filter, collapse, min_relevance))
        if Request("", k, filter, collapse, min_relevance) != Request(""):
            raise UsageError("A Request has every option already.", "Put `k` and the other options into it.")
        return self.searcher.search(query)

    def page(self, cursor: str, k: int | None = None) -> SearchResult:
        """The next hits of a search, from the generation that it was made in.

        Args:
            cursor: `SearchResult.cursor` of a search whose `Request` was `pageable`, or of the page before.
            k: how many hits at most; by default as many as the page before had.

        Raises:
            InvalidCursor: the text is not a cursor of this collection.
            GenerationExpired: the generation of the search is no longer kept.
            UsageError: `k` is less than 1.

        Examples:
            >>> from winnow import Request, open_collection
            >>> with open_collection("notes", home=home) as collection:
            ...     first = collection.search(Request("the ferry", k=1, pageable=True))
            ...     second = collection.page(first.cursor)
            >>> [hit.rank for hit in (*first.hits, *second.hits)]
            [1, 2]
        """
        number = read_cursor(cursor).generation
        if number == self.generation.number:
            return self.searcher.page(cursor, k)
        home = self.generation.layout.root.parents[1]
        with open_generation(home, self.generation.manifest.collection, number) as older:
            recipe = None if self.searcher.recipe == self.generation.manifest.recipe else self.searcher.recipe
            return Searcher(older, self.searcher.encoder, self.searcher.reranker, recipe).page(cursor, k)

    def for_one_request(self) -> Collection:
        """The collection as one of many requests that share it uses it; closing is not the request's."""
        return self

    def close(self) -> None:
        """Unpin the generation's files. Closing twice does no harm."""
        self.generation.close()

    def __enter__(self) -> Collection:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_collection(
    name: str = "default",
    *,
    home: Path | None = None,
    encoder: str | None = None,
    reranker: str | None = None,
    recipe: Recipe | None = None,
    generation: int | None = None,
    models: ModelSource | None = None,
) -> Collection:
    """Open a collection for searching.

    Args:
        name: the collection's name.
        home: the folder that holds the collections; by default that of the settings (`WINNOW_HOME`).
        encoder: a model's name; by default the one that the collection was made with, and no other can read its index.
        reranker: a model's name, or "none"; by default the collection's own.
        recipe: how to rank; by default as the collection has chosen.
        generation: the number of an older generation that is still kept; by default the current one.
        models: where models come from; by default they are loaded into this process.

    Raises:
        CollectionNotFound: there is none of that name; the message lists those that exist.
        GenerationExpired: the generation is no longer kept.
        ModelNotFound: a model is not on this machine (`winnow models pull` fetches it).
        ModelMismatch: the encoder is not the one that the collection was indexed with.
        StoreDamaged: a file of the collection is missing or altered.

    Examples:
        >>> with open_collection("notes", home=home) as collection:
        ...     collection.name
        'notes'
    """
    opened = open_generation(home or settings().home, name, generation)
    try:
        searcher = searcher_of(opened, models or LocalModels(), encoder=encoder, reranker=reranker, recipe=recipe)
    except BaseException:
        opened.close()
        raise
    return Collection(opened, searcher)


class MakeSearcher(Protocol):
    """A searcher of a generation with its models, such as the class `Searcher`."""

    def __call__(
        self,
        generation: Generation,
        encoder: Encoder,
        reranker: Reranker | None,
        recipe: Recipe | None = None,
        calibration: Calibration | None = None,
        gate: Gate | None = None,
        /,
    ) -> Searcher: ...


def searcher_of(
    opened: Generation,
    source: ModelSource,
    make: MakeSearcher = Searcher,
    *,
    encoder: str | None = None,
    reranker: str | None = None,
    recipe: Recipe | None = None,
) -> Searcher:
    """The searcher of a generation with the models that it names, or those that are given. Raises as
    `open_collection`.
    """
    named = opened.manifest.models
    wanted = recipe or opened.manifest.recipe
    judge = reranker or named["reranker"] or NO_RERANKER
    reranks = NO_RERANKER not in (judge, wanted.rerank)
    with ThreadPoolExecutor(max_workers=1) as pool:  # the two models load side by side
        loading = pool.submit(source.reranker, judge) if reranks else None
        bi_encoder = prompted(
            source.encoder(encoder or named["encoder"] or BUNDLED), opened.manifest.query_fingerprint.prompts
        )
        fitted = (bi_encoder.fingerprint.weights, judge if reranks else None)
        calibration, gate = find_calibration(opened.manifest, *fitted), find_gate(*fitted)
        cross_encoder = loading.result() if loading else None
    return make(opened, bi_encoder, cross_encoder, wanted, calibration, gate)
