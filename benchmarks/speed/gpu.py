"""The speed of a GPU, run-time by run-time: `benchmarks/gpu.sh`.

Every part has its share of the time: it runs until that is spent, so that the whole ends in time on any machine. What
is not installed, or finds no GPU, is named and left out.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from benchmarks import environment
from data import SAMPLE
from engine.errors import DependencyMissing, WinnowError
from engine.models.checkpoints.presets import BUNDLED
from engine.models.loading import make_encoder, make_reranker
from engine.models.runtimes.execution import Execution, Precision
from engine.models.runtimes.runtime import installed
from engine.settings import settings
from engine.types import Float32, Passage
from engine.vectors.codecs import Codes, binary_codes
from engine.vectors.kinds.faiss_gpu import upload
from engine.vectors.search import SCANS
from indexer.evaluation.datasets.records import read_records

_PASSAGE = 800  # code points, some 180 tokens
_SCAN_K = 400
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Plan:
    """How large, and how long each part may run: at most two run-times with two parts each, and two scans."""

    documents: int = 4096  # in one call of the encoder
    codes: int = 10_000_000
    bits: int = 640
    reranked: int = 100
    seconds: float = 45.0


SMALL = Plan(documents=8, codes=20_000, reranked=4, seconds=2.0)


def run_time_plans(device: str, threads: int) -> list[Execution]:
    """The run-times that are measured; not every processor multiplies bfloat16."""
    precision: Precision = "bfloat16" if device == "cuda" else "float32"
    return [Execution("torch", precision, threads), Execution("onnx", "float32", threads)]


def repeat(run: Callable[[int], object], seconds: float, clock: Clock = time.perf_counter) -> tuple[int, float]:
    """Call `run` with 0 to warm up, then with 1, 2, ... until the time is spent: how often, and in how many seconds."""
    run(0)
    began, count = clock(), 0
    while count == 0 or clock() - began < seconds:
        count += 1
        run(count)
    return count, clock() - began


def embedding(how: Execution, texts: Sequence[str], plan: Plan) -> dict[str, Any]:
    """Documents embedded a second."""
    encoder = make_encoder(BUNDLED, how)
    documents = [texts[number % len(texts)] for number in range(plan.documents)]
    count, seconds = repeat(lambda _: encoder.encode(documents), plan.seconds)
    return {"documents_per_second": round(count * len(documents) / seconds, 1)}


def reranking(how: Execution, texts: Sequence[str], plan: Plan) -> dict[str, Any]:
    """Queries a second, each embedded and with its passages reranked, which were never read before."""
    encoder, reranker = make_encoder(BUNDLED, how), make_reranker(BUNDLED, how)

    def query(number: int) -> None:
        asked = f"question {number} about the harbour"
        encoder.encode([asked], role="query")
        passages = [Passage(f"{number}.{place} {texts[place % len(texts)]}") for place in range(plan.reranked)]
        reranker.score(asked, passages)

    count, seconds = repeat(query, plan.seconds)
    return {"queries_per_second": round(count / seconds, 2), "reranked": plan.reranked}


def scan(device: str, plan: Plan) -> Iterator[dict[str, Any]]:
    """Milliseconds of a scan over random codes: by FAISS in place, and on the GPU where it can."""
    generator = np.random.default_rng(0)
    codes: Codes = generator.integers(0, 256, (plan.codes, plan.bits // 8), dtype=np.uint8)
    queries = generator.standard_normal((64, plan.bits), dtype=np.float32)

    def in_place(query: Float32) -> object:
        return SCANS["faiss"](binary_codes(query), codes, _SCAN_K)

    yield _scanned("faiss on the processor", in_place, queries, plan)
    if device == "cpu":
        return
    try:
        on_gpu = upload(codes)
    except DependencyMissing as error:
        yield {"part": "scan", "by": "faiss on the GPU", "left out": error.message}
        return
    yield _scanned("faiss on the GPU", lambda query: on_gpu.nearest(query, _SCAN_K), queries, plan)


def _scanned(by: str, nearest: Callable[[Float32], object], queries: Float32, plan: Plan) -> dict[str, Any]:
    count, seconds = repeat(lambda number: nearest(queries[number % len(queries)]), plan.seconds / 2)
    return {"part": "scan", "by": by, "codes": plan.codes, "bits": plan.bits, "ms": round(1000 * seconds / count, 3)}


def measure(device: str, plan: Plan) -> Iterator[dict[str, Any]]:
    """Every part, as it is done; one that cannot run says why."""
    texts = _texts()
    for how in run_time_plans(device, settings().threads):
        by = f"{how.runtime} {how.precision}"
        for part in (embedding, reranking):
            if missing := _missing(how, device):
                yield {"part": part.__name__, "by": by, "left out": missing}
                continue
            try:
                yield {"part": part.__name__, "by": by, **part(how, texts, plan)}
            except WinnowError as error:
                yield {"part": part.__name__, "by": by, "left out": error.message}
    yield from scan(device, plan)


def _missing(how: Execution, device: str) -> str:
    """Why the run-time cannot be measured on the device, "" where it can."""
    if not installed(how.runtime):
        return f"{how.runtime} is not installed"
    if device == "cuda" and how.runtime == "onnx":
        from engine.models.runtimes.onnx import providers

        return "" if len(providers()) > 1 else "onnxruntime-gpu is not installed"
    return ""


def _texts() -> list[str]:
    texts = (str(record.get("text") or "") for record in read_records((SAMPLE / "corpus.jsonl",)))
    return [text[start : start + _PASSAGE] for text in texts for start in range(0, len(text) - _PASSAGE, _PASSAGE)]


def _has_gpu() -> bool:
    if not installed("torch"):
        return False
    import torch

    return bool(torch.cuda.is_available())


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks/gpu.sh", description=__doc__)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--small", action="store_true", help="a minute's worth, to see that it runs")
    parser.add_argument("--seconds", type=float, help="how long each part runs")
    options = parser.parse_args(arguments)
    if options.device == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = ""  # before torch is imported
    elif not _has_gpu():
        print("torch finds no GPU. `--device cpu --small` runs the same steps on the processor.")
        return 2
    os.environ["WINNOW_RERANKER_DISK_MB"] = "0"  # nothing that was read in an earlier run
    settings.cache_clear()
    plan = SMALL if options.small else Plan()
    if options.seconds is not None:
        plan = replace(plan, seconds=options.seconds)
    for row in measure(options.device, plan):
        print(json.dumps(row), flush=True)
    print(json.dumps({"environment": environment.describe() | {"device": options.device}}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
