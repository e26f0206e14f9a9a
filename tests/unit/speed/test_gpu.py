"""The pieces of benchmarks/gpu.sh; the slow stage runs all of it on the processor."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.speed import gpu
from benchmarks.speed.gpu import Plan, main, measure, repeat, run_time_plans
from engine.models.runtimes.execution import Execution

ROOT = Path(__file__).parents[3]


def test_a_part_runs_until_its_time_is_spent() -> None:
    now, calls = [0.0], list[int]()

    def run(number: int) -> None:
        calls.append(number)
        now[0] += 2.0

    assert repeat(run, 5.0, lambda: now[0]) == (3, 6.0)
    assert calls == [0, 1, 2, 3]  # 0 warms up
    assert repeat(run, 0.0, lambda: now[0]) == (1, 2.0)


def test_the_gpu_is_asked_for_bfloat16() -> None:
    assert [how.precision for how in run_time_plans("cuda", 2)] == ["bfloat16", "float32"]
    assert {how.precision for how in run_time_plans("cpu", 2)} == {"float32"}


def test_what_is_missing_is_named_and_the_rest_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    def fast(how: Execution, texts: object, plan: Plan) -> dict[str, int]:
        return {"documents_per_second": 7}

    fast.__name__ = "embedding"
    monkeypatch.setattr(gpu, "embedding", fast)
    monkeypatch.setattr(gpu, "reranking", fast)
    monkeypatch.setattr(gpu, "installed", lambda name: name == "onnx")
    rows = list(measure("cpu", Plan(codes=1000, seconds=0.0)))
    assert [row.get("left out") for row in rows] == ["torch is not installed"] * 2 + [None] * 3
    assert rows[-1]["codes"] == 1000 and rows[-1]["ms"] > 0
    on_gpu = list(measure("cuda", Plan(codes=1000, seconds=0.0)))
    assert [row.get("left out") for row in on_gpu[2:4]] == ["onnxruntime-gpu is not installed"] * 2
    assert "needs" in on_gpu[-1]["left out"]  # FAISS for GPUs


def test_without_a_gpu_it_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(gpu, "_has_gpu", lambda: False)
    assert main([]) == 2 and "--device cpu --small" in capsys.readouterr().out


@pytest.mark.slow
def test_the_script_runs_to_its_end_on_the_processor() -> None:
    done = subprocess.run(
        ["benchmarks/gpu.sh", "--device", "cpu", "--small", "--seconds", "0.1"],
        cwd=ROOT,
        env={"PYTHON": sys.executable, "PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row.get("part") for row in rows] == [*("embedding", "reranking") * 2, "scan", None]
    assert rows[2]["documents_per_second"] > 0 and rows[3]["queries_per_second"] > 0
