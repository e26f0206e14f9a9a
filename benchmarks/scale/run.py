"""Index kinds over the same codes in one run: latency beside faiss.IndexBinaryFlat, recall, memory, build time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import environment
from benchmarks.index import build_index
from benchmarks.peers.load import OtherLoad
from benchmarks.scale.codes import write_codes
from benchmarks.scale.flat import flat_search
from benchmarks.scale.generator import RANKS, Generator, fit, neighbour_cosines
from engine.errors import UsageError
from engine.models import load_encoder
from engine.models.checkpoints.presets import BUNDLED
from engine.settings import settings
from engine.store.generation import open_generation
from engine.types import Float32, Rows
from engine.vectors.codecs import decoded
from engine.vectors.files import VectorFiles
from engine.vectors.first_pass import first_pass
from engine.vectors.index import EXACT
from engine.vectors.index import build_index as build_vector_index
from engine.vectors.kinds import KINDS
from engine.vectors.search import SCANS, search_dense
from indexer.evaluation.datasets import Dataset

FLAT = "faiss.IndexBinaryFlat"
K = 100
_WARM_UP = 3

Search = Callable[[Float32], object]


@dataclass(frozen=True, slots=True)
class Plan:
    """`codes` rows, the kinds beside the exact scan, how many queries are timed, with which oversamplings."""

    codes: int
    kinds: tuple[str, ...]
    queries: int
    oversampling: tuple[int, ...]
    seed: int = 0

    def __post_init__(self) -> None:
        unknown = sorted(set(self.kinds) - KINDS.keys())
        if unknown:
            raise UsageError(f"There is no index kind {unknown[0]!r}.", f"There are: {', '.join(KINDS)}.")
        if min(self.oversampling, default=0) < 1:
            raise UsageError("Oversampling must be at least 1.", "Give whole numbers, such as 4,16.")


def run_scale(dataset: Dataset, home: Path, scratch: Path, plan: Plan, note: Callable[[str], None]) -> dict[str, Any]:
    """All figures. The data set's embeddings are perturbed to make the codes, its queries are asked as they are."""
    build = build_index(dataset, home, BUNDLED, lambda *_: None)
    real, queries = embeddings(home, build.collection), query_vectors(dataset, plan.queries)
    note(f"fitting the generator to {len(real)} embeddings")
    generator = fit(real, plan.seed)
    note(f"drawing {plan.codes} vectors")
    truth = write_codes(scratch, generator, plan.codes, queries, min(K, plan.codes), plan.seed)
    segments: dict[str, VectorFiles] = {}
    built: dict[str, dict[str, Any]] = {}
    for kind in (EXACT, *plan.kinds):
        note(f"building {kind}")
        segments[kind], built[kind] = _segment(scratch, kind, plan, queries)
    searches = []
    for oversampling in plan.oversampling:
        note(f"searching with oversampling {oversampling}")
        times, load = _timed(_contenders(segments, oversampling), queries)
        searches += [
            {"kind": kind, "oversampling": oversampling, "other_load": load}
            | _latency(seconds, times[FLAT])
            | _quality(segments.get(kind), queries, truth, oversampling)
            for kind, seconds in times.items()
        ]
    return {
        "codes": plan.codes,
        "bits": 8 * segments[EXACT].binary.shape[1],
        "queries": len(queries),
        "seed": plan.seed,
        "base": {"dataset": dataset.name, "embeddings": len(real)},
        "neighbour_cosines": profile(real, generator, plan.seed),
        "indexes": built,
        "searches": searches,
        "environment": environment.describe(),
    }


def embeddings(home: Path, collection: str) -> Float32:
    """Embeddings of a collection, decoded from int8."""
    with open_generation(home, collection) as generation:
        held = [segment.vectors for segment in generation.segments]
        return np.concatenate([decoded(vectors.int8, vectors.scale) for vectors in held])


def query_vectors(dataset: Dataset, most: int) -> Float32:
    """Vectors of the data set's first queries."""
    return load_encoder(BUNDLED).encode(list(dataset.queries.values())[:most], role="query")


def _segment(codes: Path, kind: str, plan: Plan, queries: Float32) -> tuple[VectorFiles, dict[str, Any]]:
    """The same codes in a directory of their own, with the kind's index; opened, and what all that took."""
    directory, rows, dimension = codes / f"with-{kind}", plan.codes, queries.shape[1]
    directory.mkdir()
    for file in [path for path in codes.iterdir() if path.is_file()]:
        (directory / file.name).hardlink_to(file)
    started = time.perf_counter()
    if kind != EXACT:
        build_vector_index(directory, VectorFiles.open(directory, rows, dimension), kind)
    build = time.perf_counter() - started
    before, started = environment.status_mb("RssAnon"), time.perf_counter()
    vectors = VectorFiles.open(directory, rows, dimension)
    opened = time.perf_counter() - started
    _search(vectors, queries[0], plan.oversampling[0])
    return vectors, {
        "build_s": round(build, 2),
        "open_ms": round(1000 * opened, 2),
        "index_mb": round(sum(path.stat().st_size for path in directory.glob("index.*")) / 2**20, 1),
        "anonymous_mb": round(environment.status_mb("RssAnon") - before, 1),
    }


def _contenders(segments: dict[str, VectorFiles], oversampling: int) -> dict[str, Search]:
    """First passes: the rows that int8 rescoring would get for 100 hits, and FAISS's own exact index for as many."""
    wanted = K * oversampling
    scan = SCANS[settings().scan]

    def ours(vectors: VectorFiles) -> Search:
        return lambda query: first_pass([vectors], query, wanted, [None], scan)

    theirs = flat_search([segments[EXACT].binary], wanted)
    return {FLAT: theirs} | {kind: ours(vectors) for kind, vectors in segments.items()}


def _timed(contenders: dict[str, Search], queries: Float32) -> tuple[dict[str, list[float]], float | None]:
    """Seconds of each query by each contender, in turns, another one beginning each time; and others' load."""
    times: dict[str, list[float]] = {name: [] for name in contenders}
    order = list(contenders.items())
    for query in queries[:_WARM_UP]:
        for _, search in order:
            search(query)
    others = OtherLoad()
    for number, query in enumerate(queries):
        start = number % len(order)
        for name, search in order[start:] + order[:start]:
            started = time.perf_counter()
            search(query)
            times[name].append(time.perf_counter() - started)
    return times, others.share()


def _latency(seconds: Sequence[float], reference: Sequence[float]) -> dict[str, float]:
    """p50 and p95 in ms, and the median over queries of the time divided by the reference's for the same query."""
    p50, p95 = np.percentile(seconds, [50, 95]) * 1000
    ratio = float(np.median(np.array(seconds) / np.array(reference)))
    return {"p50_ms": round(float(p50), 3), "p95_ms": round(float(p95), 3), "ratio": round(ratio, 3)}


def _quality(
    vectors: VectorFiles | None, queries: Float32, truth: Sequence[Rows], oversampling: int
) -> dict[str, float]:
    """recall@100 of exact float32 search, after rescoring."""
    if vectors is None:
        return {}
    shares = [
        len(set(_search(vectors, query, oversampling)) & set(wanted.tolist())) / len(wanted)
        for query, wanted in zip(queries, truth, strict=True)
    ]
    return {"recall": round(float(np.mean(shares)), 4)}


def _search(vectors: VectorFiles, query: Float32, oversampling: int) -> list[int]:
    scan = SCANS[settings().scan]
    return [r.row for r, _ in search_dense([vectors], query, K, oversampling=oversampling, allowed=[None], scan=scan)]


def profile(real: Float32, generator: Generator, seed: int) -> dict[str, list[float]]:
    """Median cosines to the neighbours at RANKS: of the real embeddings, and of as many drawn ones."""
    drawn = generator.draw(len(real), np.random.default_rng(seed + 1))
    found = {"real": generator.base, "drawn": drawn}
    cosines = {name: neighbour_cosines(v, np.random.default_rng(seed)).round(4).tolist() for name, v in found.items()}
    return {"ranks": list(map(float, RANKS)), **cosines}
