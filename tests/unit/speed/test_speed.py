"""`winnow bench speed`, small."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from benchmarks.cli import app
from benchmarks.speed.interleave import compete
from tests.conftest import Models


def test_contenders_take_turns_and_all_run_equally_often() -> None:
    ran: list[str] = []
    found = compete({"ours": lambda: ran.append("a"), "theirs": lambda: ran.append("b")}, rounds=4, work=10)
    assert "".join(ran) == "abab" + "abbaabba"  # two rounds to warm up, then each round begins with the next
    assert found["rounds"] == 4 and set(found["contenders"]) == {"ours", "theirs"}
    assert found["contenders"]["ours"]["min_ms"] <= found["contenders"]["ours"]["median_ms"]
    assert found["contenders"]["ours"]["ratio"] in (1.0, None)  # None: the machine was busy


def test_every_part_is_measured(models: Models) -> None:
    arguments = ["speed", "--rows", "500", "--texts", "2", "--rounds", "2", "--models", models.option, "--json"]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    parts = json.loads(done.stdout)["parts"]
    assert set(parts) == {"scan", "bm25", "query encoding", "encoding", "reranking"}
    assert len(parts["scan"]["contenders"]) == 3 and len(parts["bm25"]["contenders"]) == 2
    for part in parts.values():
        assert all(row["median_ms"] > 0 for row in part["contenders"].values())


def test_bits_must_fill_bytes() -> None:
    done = CliRunner().invoke(app, ["speed", "--bits", "12"])
    assert done.exit_code != 0 and "multiple of 8" in str(done.exception)
