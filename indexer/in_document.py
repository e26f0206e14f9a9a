"""In-document search: one file, indexed in a temporary home by the same path as any collection, and then forgotten."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.collection import Collection, open_collection
from engine.errors import ParseFailed, SourceNotFound
from engine.models.checkpoints.presets import STATIC
from engine.protocols import ModelSource
from engine.recipe import Recipe
from engine.store.layout import Home
from indexer.ingest import Watch, ingest_sources
from indexer.report import Problem
from indexer.sources.source import Failed, Skipped, Source, discover

NAME = "document"
LeftOut = Callable[[Problem], None]
READ = 500  # passages; a request may ask for fewer, or give a time limit


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
    with tempfile.TemporaryDirectory(prefix="winnow-document-") as scratch:
        home = Path(scratch)
        problems = index_source(sources, name, home, encoder=encoder, reranker=reranker, models=models, watch=watch)
        for problem in problems:
            left_out(problem)
        with open_collection(NAME, home=home, encoder=encoder, reranker=reranker, models=models) as collection:
            yield collection


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

    Raises what `open_source` does.
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
        recipe=reading_best if encoder == STATIC else reading_all,
    )
    problems = [*report.failed, *report.skipped]
    if report.chunks == 0 and problems:
        raise ParseFailed(f"{name}: {problems[0].reason}", problems[0].remedy)
    if report.chunks == 0:
        raise ParseFailed(f"{name} holds no text.", "There is nothing to search in it.")
    return problems


def reading_all(recipe: Recipe) -> Recipe:
    """The recipe of a search in one document: the reranker reads every passage, up to READ of them."""
    return recipe.with_(candidates=READ, rerank_depth=READ)


def reading_best(recipe: Recipe) -> Recipe:
    """The recipe where the static encoder was chosen, for answers at once: the reranker reads the best passages, and
    counts for more than beside a better encoder.
    """
    default = Recipe()
    return recipe.with_(rerank=default.rerank, rerank_depth=default.rerank_depth, rerank_weight=0.85)
