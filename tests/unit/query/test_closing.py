"""What a search leaves behind."""

from __future__ import annotations

import gc
from pathlib import Path

from engine.query.pipeline import Request, Searcher
from engine.recipe import Recipe
from engine.store.generation import open_generation
from engine.store.writer import open_writer
from tests.support.fake_encoder import FakeEncoder
from tests.support.stores import batch, config, stored


def test_a_closed_generation_keeps_no_file_open(tmp_path: Path) -> None:
    with open_writer(tmp_path, "docs", config()) as writer:
        writer.commit(batch(stored("a", "A ferry left.")))

    def search() -> None:
        with open_generation(tmp_path, "docs") as generation:
            assert Searcher(generation, FakeEncoder(), None, Recipe(rerank="none")).search(Request("ferry")).hits
            assert _open_below(tmp_path)

    gc.disable()  # else a cycle of references would go unseen
    try:
        search()
        assert _open_below(tmp_path) == []
    finally:
        gc.enable()


def _open_below(folder: Path) -> list[str]:
    """Only the store's own files count: other tests' leavings may be closed at any moment."""
    targets = []
    for handle in Path("/proc/self/fd").iterdir():
        try:
            targets.append(str(handle.readlink()))
        except FileNotFoundError:  # the listing's own, closed by now
            continue
    return [target for target in targets if target.startswith(str(folder))]
