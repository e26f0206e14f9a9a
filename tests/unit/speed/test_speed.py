"""`winnow bench speed`, small."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from benchmarks.cli import app
from benchmarks.speed.floor import work_of
from benchmarks.speed.interleave import FLOOR, compete, with_floor
from tests.conftest import Models


def test_contenders_take_turns_and_all_run_equally_often() -> None:
    ran: list[str] = []
    found = compete({"ours": lambda: ran.append("a"), "theirs": lambda: ran.append("b")}, rounds=4, work=10)
    assert "".join(ran) == "abab" + "abbaabba"  # two rounds to warm up, then each round begins with the next
    assert found["rounds"] == 4 and set(found["contenders"]) == {"ours", "theirs"}
    assert found["contenders"]["ours"]["min_ms"] <= found["contenders"]["ours"]["median_ms"]
    assert found["contenders"]["ours"]["ratio"] in (1.0, None)  # None: the machine was busy


def test_every_part_is_measured(models: Models, tmp_path: Path) -> None:
    plot = tmp_path / "speed.svg"
    arguments = ["speed", "--rows", "500", "--texts", "2", "--rounds", "2", "--models", models.option, "--json"]
    arguments += ["--plot", str(plot)]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    parts = json.loads(done.stdout)["parts"]
    assert set(parts) == {"scan", "bm25", "query encoding", "encoding", "reranking", "whole query"}
    assert {"winnow (faiss kernel, in place)", "faiss IndexBinaryFlat", "numpy", FLOOR} <= parts["scan"][
        "contenders"
    ].keys()
    assert {"winnow (tantivy + exact BM25)", "tantivy"} <= parts["bm25"]["contenders"].keys()
    assert FLOOR in parts["encoding"]["contenders"]
    drawn = plot.read_text(encoding="utf-8")
    assert drawn.count("CrossEncoder.rank alone") == len(parts["whole query"]["contenders"]) - 1
    assert all(part in drawn for part in parts)
    for part in parts.values():
        assert all(row["median_ms"] > 0 for row in part["contenders"].values())


def test_bits_must_fill_bytes() -> None:
    done = CliRunner().invoke(app, ["speed", "--bits", "12"])
    assert done.exit_code != 0 and "multiple of 8" in str(done.exception)


def test_a_floor_is_a_contender_that_needs_what_the_machine_needs() -> None:
    ours = {"min_ms": 8.0, "median_ms": 10.0, "per_second": 100.0, "ratio": 1.0}
    found = with_floor({"contenders": {"ours": ours}}, 0.004, 2)
    assert found["contenders"][FLOOR] == {"min_ms": 4.0, "median_ms": 4.0, "per_second": 500.0, "ratio": 0.4}
    busy = with_floor({"contenders": {"ours": {**ours, "ratio": None}}}, 0.004)
    assert busy["contenders"][FLOOR]["ratio"] is None


def test_the_work_of_a_transformer_grows_with_tokens_and_with_their_pairs(models: Models) -> None:
    model = Path(models.encoder)
    ten, twenty = work_of(model, [10]), work_of(model, [20])
    assert ten > 0 and 2 * ten < twenty < 4 * ten
    assert work_of(model, [10, 20]) == ten + twenty
