"""One collection for all tests of the query path's options: notes with metadata, two segments, some deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.models import load_encoder
from engine.query.pipeline import Searcher
from engine.recipe import Recipe
from engine.store.generation import Generation, open_generation
from engine.store.writer import open_writer
from indexer.ingest import ingest
from tests.conftest import Models
from tests.support.documents import topical, write_records

DOCUMENTS = 160
DELETED = ("d003", "d130")
Make = Callable[..., Searcher]


def build(root: Path, models: Models) -> Path:
    """The home."""
    long = {"id": "long", "title": "A long note", "text": "The river and the bridge. " * 60 + "A sundial. " * 40}
    records = [*topical(DOCUMENTS), long]
    for number, part in enumerate((records[:100], records[100:])):
        file = write_records(root / f"{number}.jsonl", part)
        ingest([file], home=root / "home", collection="c", encoder=models.encoder, reranker=models.reranker)
    with open_writer(root / "home", "c") as writer:
        writer.commit(None, deletes=DELETED)
    return root / "home"


@pytest.fixture(scope="session")
def queried_home(tmp_path_factory: pytest.TempPathFactory, models: Models) -> Path:
    return build(tmp_path_factory.mktemp("query"), models)


@pytest.fixture(scope="session")
def generation(queried_home: Path) -> Iterator[Generation]:
    with open_generation(queried_home, "c") as opened:
        yield opened


@pytest.fixture
def searcher(generation: Generation, models: Models) -> Make:
    def make(reranker: object = None, **changes: object) -> Searcher:
        return Searcher(generation, load_encoder(models.encoder), reranker, Recipe().with_(**changes))  # type: ignore[arg-type]

    return make
