"""What a search leaves behind."""

from __future__ import annotations

import gc
from pathlib import Path

from engine.pipeline import Request, Searcher
from engine.recipe import Recipe
from engine.store.generation import open_generation
from engine.store.writer import open_writer
from tests.crash.checks import Fake
from tests.support.stores import batch, config, stored


def test_a_closed_generation_keeps_no_file_open(tmp_path: Path) -> None:
    with open_writer(tmp_path, "docs", config()) as writer:
        writer.commit(batch(stored("a", "A ferry left.")))

    def handles_after_a_search() -> int:
        with open_generation(tmp_path, "docs") as generation:
            assert Searcher(generation, Fake(), None, Recipe(rerank="none")).search(Request("ferry")).hits
        return sum(1 for _ in Path("/proc/self/fd").iterdir())

    gc.disable()  # else a cycle of references would go unseen
    try:
        handles = [handles_after_a_search() for _ in range(4)]
    finally:
        gc.enable()
    assert handles[1:] == handles[:1] * 3
