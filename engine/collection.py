"""A collection opened for searching: one pinned generation and the models that it names."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

from engine.filters import Filter
from engine.models import load_encoder, load_reranker
from engine.pipeline import Request, Searcher
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

    def search(
        self, query: str, k: int = 10, *, filter: Filter | None = None, by_document: bool = True
    ) -> SearchResult:
        """The best `k` hits for `query`; see `engine.filters.parse_filter` for filters."""
        return self.searcher.search(Request(query, k, filter, by_document))

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
) -> Collection:
    """Open the current generation of a collection, or an older one that is still kept, for searching.

    The models are those that the collection was made with unless named here; another encoder than the index's own
    raises ModelMismatch. CollectionNotFound names the collections that exist; GenerationExpired is raised for a
    `generation` that is gone.
    """
    opened = open_generation(home or settings().home, name, generation)
    try:
        models = opened.manifest.models
        wanted = recipe or opened.manifest.recipe
        judge = reranker or models["reranker"] or NO_RERANKER
        with ThreadPoolExecutor(max_workers=1) as pool:  # the two models load side by side
            loading = None if NO_RERANKER in (judge, wanted.rerank) else pool.submit(load_reranker, judge)
            bi_encoder = load_encoder(encoder or models["encoder"] or "bundled")
            searcher = Searcher(opened, bi_encoder, None if loading is None else loading.result(), wanted)
    except BaseException:
        opened.close()
        raise
    return Collection(opened, searcher)
