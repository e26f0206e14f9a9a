"""The comparison with Winnow: what is divided, and what is withheld."""

from __future__ import annotations

import time
from typing import Any

import pytest

from benchmarks.peers.load import OtherLoad
from benchmarks.peers.ratios import better, with_ratios
from benchmarks.peers.report import to_markdown


def row(peer: str, stage: str = "dense", load: float | None = 0.0, **changes: Any) -> dict[str, Any]:
    values = {
        "peer": peer,
        "stage": stage,
        "status": "ok",
        "note": f"about {peer}",
        "metrics": {"nDCG@10": 0.5, "R@100": 0.8},
        "ready_ms": {"p50": 10.0, "p95": 20.0},
        "rss_mb": 100.0,
        "build_seconds": 1.0,
        "embedding_seconds": 3.0,
        "build_load": load,
        "embedding_load": 0.0,
        "query_load": load,
        "index_bytes": 1000,
    }
    return values | changes


def test_figures_are_divided_by_those_of_the_same_stage() -> None:
    other = row("p", metrics={"nDCG@10": 0.6, "R@100": 0.4}, ready_ms={"p50": 5.0, "p95": 40.0}, index_bytes=250)
    found = with_ratios([row("winnow"), row("winnow", "lexical", rss_mb=1.0), other])[2]["ratio"]
    assert found == {"nDCG@10": 1.2, "R@100": 0.5, "p50": 0.5, "p95": 2.0, "rss": 1.0, "build": 1.0, "index": 0.25}


@pytest.mark.parametrize("busy", ["winnow", "p"])
def test_times_taken_on_a_busy_machine_are_not_compared(busy: str) -> None:
    rows = [row(name, load=0.4 if name == busy else 0.0) for name in ("winnow", "p")]
    found = with_ratios(rows)[1]["ratio"]
    assert found.keys() == {"nDCG@10", "R@100", "rss", "index"}  # these do not depend on who else is running


def test_a_load_that_nobody_can_tell_is_no_disturbance() -> None:
    assert "p50" in with_ratios([row("winnow"), row("p", load=None)])[1]["ratio"]


def test_without_winnow_or_a_figure_there_is_no_ratio() -> None:
    assert with_ratios([row("p")])[0]["ratio"] == {}
    assert "index" not in with_ratios([row("winnow"), row("p", index_bytes=None)])[1]["ratio"]
    assert with_ratios([row("winnow"), {"peer": "p", "status": "not installed", "note": ""}])[1]["ratio"] == {}


def test_better_knows_which_way_is_up() -> None:
    assert better("nDCG@10", 1.1) and not better("nDCG@10", 0.9)
    assert better("p50", 0.9) and not better("p50", 1.0)


def result(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "dataset": "d",
        "split": "test",
        "queries": 3,
        "models": {"encoder": "bundled", "reranker": "bundled"},
        "encoded_by": "winnow",
        "embedding_seconds": 3.0,
        "rows": with_ratios(rows),
        "environment": {"processor": "cpu", "cpus": 2},
    }


def test_the_table_shows_where_a_peer_wins_and_what_did_not_run() -> None:
    faster = row("fast", ready_ms={"p50": 5.0, "p95": 6.0}, metrics={"nDCG@10": 0.4, "R@100": 0.8})
    absent = {"peer": "absent", "status": "not installed: pip install absent", "note": ""}
    table = to_markdown(result([row("winnow"), faster, absent]))
    assert "5.0 **x0.5**" in table and "0.400 x0.800" in table
    assert "absent: not installed: pip install absent" in table and "| absent" not in table
    assert "WARNING" not in table


def test_a_disturbed_run_warns_by_name() -> None:
    table = to_markdown(result([row("winnow"), row("slow", load=0.5)]))
    assert "WARNING" in table and "must not be quoted: slow" in table


def test_own_work_is_not_others_load() -> None:
    others = OtherLoad()
    before = time.process_time()
    while time.process_time() - before < 0.2:
        pass
    share = others.share()
    assert share is None or 0.0 <= share <= 1.0
