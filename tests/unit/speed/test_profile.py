"""The profile of the hot paths, small: its stages are functions that there are, and that do most of the work."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.speed.profile import INGEST, QUERY, command, ingest, markdown, query, watching
from engine.query.paging import Pager
from tests.conftest import Models
from tests.support.documents import write_folder


def test_every_stage_of_the_three_paths_is_seen(models: Models, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "docs", {f"{number}.md": f"The river {number}. " * 90 for number in range(4)})
    home = tmp_path / "home"
    ingested, passages = ingest(folder, home, models.encoder, models.reranker)
    assert passages >= 4 and all(ingested[stage] > 0 for stage in INGEST)
    asked = query(home, "default", ["the river"])
    assert all(asked[stage] > 0 for stage in QUERY)
    cold = command(home, "default", "river", 1)
    assert {"importing numpy", "importing Winnow itself", "the rest"} <= cold.keys()
    for rows in (ingested, asked, cold):
        parts = [ms for name, ms in rows.items() if name != "together"]
        assert sum(parts) == pytest.approx(rows["together"])
    assert markdown("a search", asked).count("\n") == len(QUERY) + 4


def test_functions_are_put_back() -> None:
    before = Pager.hits
    with watching(QUERY):
        assert Pager.hits is not before
    assert Pager.hits is before
