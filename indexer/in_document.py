"""In-document search: one file, indexed in a temporary home by the same path as any collection, and then forgotten."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from engine.collection import Collection, open_collection
from engine.errors import ParseFailed, SourceNotFound
from engine.models import LocalModels
from engine.models.checkpoints.presets import BUNDLED, MULTILINGUAL, STATIC
from engine.protocols import ModelSource
from engine.recipe import Recipe
from engine.store.layout import Home
from engine.text import language
from indexer.ingest import Watch, ingest_sources
from indexer.report import Problem
from indexer.sources.source import Failed, Skipped, Source, discover

NAME = "document"
LeftOut = Callable[[Problem], None]
DEPTH, WEIGHT = 20, 0.7  # of the reranker, for an encoder that was trained to find answers
MULTILINGUAL_WEIGHT = 0.3  # beside the multilingual encoder: the bundled reranker knows English only
STATIC_DEPTH, STATIC_WEIGHT = 24, 0.92  # beside the static encoder, which needs it more
STATIC_TOKENS = 0.4  # the weight of its token vectors, which choose what is reranked


@contextmanager
def open_document(
    file: Path,
    *,
    ocr: bool = False,
    encoder: str | None = None,
    reranker: str | None = None,
    watch: Watch = lambda progress: None,
    left_out: LeftOut = lambda problem: None,
) -> Iterator[Collection]:
    """`open_source` of a file, with the text of pictures if `ocr` is wanted. SourceNotFound if it is none."""
    if not file.is_file():
        raise SourceNotFound(f"{file} is not a file.", "Name one document; `winnow ingest` takes folders.")
    with open_source(
        discover([file], ocr=ocr), str(file), encoder=encoder, reranker=reranker, watch=watch, left_out=left_out
    ) as collection:
        yield collection


@contextmanager
def open_source(
    sources: Iterable[Source | Skipped | Failed],
    name: str,
    *,
    encoder: str | None = None,
    reranker: str | None = None,
    models: ModelSource | None = None,
    watch: Watch = lambda progress: None,
    left_out: LeftOut = lambda problem: None,
) -> Iterator[Collection]:
    """A collection that holds just these sources, for any number of questions; nothing of it is left afterwards.

    `name` is what errors call the document. `left_out` is told of each part that cannot be read, such as a member of an
    archive. ParseFailed if nothing can be read, or it holds no text.
    """
    models = models or LocalModels()
    with tempfile.TemporaryDirectory(prefix="winnow-document-") as scratch, ThreadPoolExecutor(1) as pool:
        pool.submit(_load, models, encoder, reranker)
        home = Path(scratch)
        problems = index_source(sources, name, home, encoder=encoder, reranker=reranker, models=models, watch=watch)
        for problem in problems:
            left_out(problem)
        with open_collection(NAME, home=home, encoder=encoder, reranker=reranker, models=models) as collection:
            yield collection


def _load(models: ModelSource, encoder: str | None, reranker: str | None) -> None:
    """Load what will be needed, while the document is read. Other models may have to be downloaded: they wait until it
    is known that there is anything to search.
    """
    from engine.store.catalogue.table import preload

    language.warm_up()
    preload()
    if encoder in (None, STATIC):
        models.encoder(STATIC)
    if reranker in (None, BUNDLED):
        models.reranker(BUNDLED)


def index_source(
    sources: Iterable[Source | Skipped | Failed],
    name: str,
    home: Path,
    *,
    encoder: str | None = None,
    reranker: str | None = None,
    models: ModelSource | None = None,
    watch: Watch = lambda progress: None,
) -> list[Problem]:
    """Make the collection NAME of just these sources in a home of its own, and give what could not be read of them.

    Without an `encoder` the languages decide: the static one, which takes no time, or the multilingual one where most
    sources are not in English. Raises what `open_source` does.
    """
    Home(home).private.touch()
    report = ingest_sources(
        sources,
        home=home,
        collection=NAME,
        encoder=encoder,
        reranker=reranker,
        models=models,
        watch=watch,
        english=STATIC,
        recipe=recipe_for,
    )
    problems = [*report.failed, *report.skipped]
    if report.chunks == 0 and problems:
        raise ParseFailed(f"{name}: {problems[0].reason}", problems[0].remedy)
    if report.chunks == 0:
        raise ParseFailed(f"{name} holds no text.", "There is nothing to search in it.")
    return problems


def recipe_for(encoder: str, recipe: Recipe) -> Recipe:
    """The recipe of a search in one document, from the one that the encoder declares. The reranker reads more and
    counts for more beside the static encoder, whose own recipe does not rerank.
    """
    if encoder == STATIC:
        reranked = recipe.with_(rerank=Recipe().rerank, rerank_depth=STATIC_DEPTH, rerank_weight=STATIC_WEIGHT)
        return reranked.with_(token_weight=STATIC_TOKENS)
    if encoder == MULTILINGUAL:
        return recipe.with_(rerank_depth=DEPTH, rerank_weight=MULTILINGUAL_WEIGHT)
    return recipe.with_(rerank_depth=DEPTH, rerank_weight=WEIGHT)
