"""A collection opened for searching: one pinned generation and the models that it names."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

from engine.filters import Filter
from engine.models import LocalModels
from engine.models.checkpoints.presets import BUNDLED
from engine.protocols import ModelSource
from engine.query.cursor import read_cursor
from engine.query.pipeline import Request, Searcher
from engine.query.relevance import find_calibration, find_gate
from engine.recipe import Recipe
from engine.settings import settings
from engine.store.generation import Generation, open_generation
from engine.types import SearchResult

NO_RERANKER = "none"


class Collection:
    """Use it as a context manager, or call `close`: an open collection pins its generation's files."""

    def __init__(self, generation: Generation, searcher: Searcher) -> None:
        self.generation = generation
        self.searcher = searcher

    @property
    def name(self) -> str:
        return self.generation.manifest.collection

    def search(
        self,
        query: str,
        k: int = 10,
        *,
        filter: Filter | None = None,
        collapse: bool = True,
        min_relevance: float | None = None,
    ) -> SearchResult:
        """The best `k` hits for `query`; see `engine.filters.parse_filter` for filters.

        With `min_relevance` only those that are relevant with at least this probability: there may be none.
        """
        return self.searcher.search(Request(query, k, filter, collapse, min_relevance))

    def page(self, cursor: str, k: int | None = None) -> SearchResult:
        """The next hits of a `pageable` search (engine/query/pipeline.py), from the generation that it was made in.

        InvalidCursor; GenerationExpired if that generation is not kept any more.
        """
        number = read_cursor(cursor).generation
        if number == self.generation.number:
            return self.searcher.page(cursor, k)
        home = self.generation.layout.root.parents[1]
        with open_generation(home, self.generation.manifest.collection, number) as older:
            recipe = None if self.searcher.recipe == self.generation.manifest.recipe else self.searcher.recipe
            return Searcher(older, self.searcher.encoder, self.searcher.reranker, recipe).page(cursor, k)

    def close(self) -> None:
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
    """Open the current generation of a collection, or an older one that is still kept, for searching.

    The models are those that the collection was made with unless named here, loaded into this process unless `models`
    holds them; another encoder than the index's own raises ModelMismatch. CollectionNotFound names the collections that
    exist; GenerationExpired is raised for a `generation` that is gone.
    """
    source = models or LocalModels()
    opened = open_generation(home or settings().home, name, generation)
    try:
        named = opened.manifest.models
        wanted = recipe or opened.manifest.recipe
        judge = reranker or named["reranker"] or NO_RERANKER
        reranks = NO_RERANKER not in (judge, wanted.rerank)
        with ThreadPoolExecutor(max_workers=1) as pool:  # the two models load side by side
            loading = pool.submit(source.reranker, judge) if reranks else None
            bi_encoder = source.encoder(encoder or named["encoder"] or BUNDLED)
            fitted = (bi_encoder.fingerprint.weights, judge if reranks else None)
            calibration, gate = find_calibration(opened.manifest, *fitted), find_gate(*fitted)
            cross_encoder = loading.result() if loading else None
        searcher = Searcher(opened, bi_encoder, cross_encoder, wanted, calibration, gate)
    except BaseException:
        opened.close()
        raise
    return Collection(opened, searcher)
