"""The catalogue is lost: no public function removes or changes a file, whatever it raises."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.errors import WinnowError
from engine.settings import settings
from engine.store.catalogue.catalogue import Catalogue
from engine.store.collections import collection_stats, list_collections
from engine.store.generation import current_generation, open_generation
from engine.store.repair.catalogue import rebuild_catalogue
from engine.store.repair.verify import verify
from engine.store.writer import open_writer
from tests.support.stores import batch, config, contents, fast_home, stored, tree

FUNCTIONS: dict[str, Callable[[Path], object]] = {
    "open_writer": lambda home: open_writer(home, "docs").close(),
    "open_writer creating": lambda home: open_writer(home, "docs", config()).close(),
    "open_writer creating another": lambda home: open_writer(home, "another", config()).close(),
    "open_generation": lambda home: open_generation(home, "docs").close(),
    "current_generation": lambda home: current_generation(home, "docs"),
    "list_collections": list_collections,
    "collection_stats": lambda home: collection_stats(home, "docs"),
    "verify": lambda home: verify(home, "docs"),
    "catalogue": lambda home: Catalogue(home).rows(),
    "create": lambda home: Catalogue(home).create(),
}


def _files(home: Path) -> dict[str, bytes]:
    return {name: data for name, data in tree(home).items() if not name.endswith("writer.lock")}


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("WINNOW_SWEEP_GRACE_SECONDS", "0")  # whatever may be swept is swept
    settings.cache_clear()
    with fast_home() as home:
        with open_writer(home, "docs", config()) as writer:
            writer.commit(batch(stored("a"), stored("b")))
            with open_generation(home, "docs"):
                writer.commit(batch(stored("a", "new")), deletes=["b"])
                writer.close()
        (home / "catalogue.sqlite").unlink()
        yield home
    settings.cache_clear()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_function_removes_a_file(home: Path, name: str) -> None:
    before = _files(home)
    assert len(before) > 30
    with pytest.raises(WinnowError, match="winnow repair --catalogue"):
        FUNCTIONS[name](home)
    assert _files(home) == before


def test_a_writer_that_was_open_when_the_catalogue_went(home: Path) -> None:
    rebuild_catalogue(home)
    writer = open_writer(home, "docs")
    (home / "catalogue.sqlite").unlink()
    before = _files(home)
    with pytest.raises(WinnowError, match="winnow repair --catalogue"):
        writer.commit(batch(stored("c")))
    writer.close()
    assert {name: data for name, data in _files(home).items() if name in before} == before
    rebuild_catalogue(home)
    with open_generation(home, "docs") as generation:
        assert "a" in contents(generation)


def test_repair_removes_nothing_and_brings_it_back(home: Path) -> None:
    before = _files(home)
    assert rebuild_catalogue(home) == ["docs"]
    assert _files(home) == before
    with open_generation(home, "docs") as generation:
        assert contents(generation)["a"].text == "new"
    assert verify(home, "docs").problems == ()
