"""Folders that are ingested with tiny models; how much is embedded is counted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.models import LocalModels, load_encoder
from engine.store.generation import open_generation
from engine.types import Document
from indexer.folders.selection import Selection
from indexer.ingest import ingest_selection
from indexer.report import IngestReport
from tests.support.checkpoints import tiny_static
from tests.support.stores import contents
from tests.unit.indexer_ingest.test_ingest import Watched

Run = Callable[..., IngestReport]


@pytest.fixture(scope="session")
def static(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tiny_static(tmp_path_factory.mktemp("static") / "encoder", dimension=24))


@pytest.fixture
def watched(static: str, monkeypatch: pytest.MonkeyPatch) -> Watched:
    encoder = Watched(load_encoder(static))
    monkeypatch.setattr(LocalModels, "encoder", lambda self, name: encoder)
    return encoder


@pytest.fixture
def run(home: Path, static: str) -> Run:
    """`run(*places, mirror=..., root=...)`: an ingest into the collection "c"."""

    def go(
        *places: Path | str,
        mirror: bool = False,
        force: bool = False,
        root: str | None = None,
        include: tuple[str, ...] = (),
    ) -> IngestReport:
        return ingest_selection(
            Selection(places, root=root, include=include),
            home=home,
            collection="c",
            encoder=static,
            reranker="none",
            mirror=mirror,
            force=force,
        )

    return go


def stored(home: Path, collection: str = "c") -> dict[str, Document]:
    """The living documents by id."""
    with open_generation(home, collection) as generation:
        return contents(generation)
