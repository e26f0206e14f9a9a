"""Opening and searching a large collection, in a process of its own: time, and memory beside the models."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.environment import status_mb
from benchmarks.peers.load import OtherLoad
from benchmarks.scale.flat import flat_search
from engine.lexical.query import parse_query
from engine.lexical.search import search_lexical
from engine.recipe import Recipe
from engine.settings import settings
from engine.store.generation import Generation, open_generation
from engine.types import Float32
from engine.vectors.files import VectorFiles
from engine.vectors.first_pass import first_pass
from engine.vectors.oversampling import usual_oversampling
from engine.vectors.search import SCANS, search_dense

K = 100
OVERSAMPLING = (4, 8, 16, 32)
_OPENINGS = 20


def measure_serving(home: Path, name: str, texts: Sequence[str], vectors: Float32) -> dict[str, Any]:
    """All figures; `hits` are by oversampling each query's K best chunks by the dense leg, by id."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_measure, home, name, texts, vectors).result()


def _measure(home: Path, name: str, texts: Sequence[str], vectors: Float32) -> dict[str, Any]:
    first_pass([VectorFiles.of(vectors)], vectors[0], K, [None], SCANS[settings().scan])  # so that libraries are loaded
    openings = [_seconds(lambda: open_generation(home, name).close()) for _ in range(_OPENINGS)]
    anonymous, mapped = status_mb("RssAnon"), status_mb("RssFile")
    with open_generation(home, name) as generation:
        usual = usual_oversampling(generation.statistics.chunk_count)
        found: dict[str, Any] = {
            "oversampling": usual,
            "open_ms": {"first": _ms(openings[0]), "p50": _ms(float(np.median(openings)))},
            "open_mapped_mb": round(status_mb("RssFile") - mapped, 1),
        }
        legs = {
            "lexical": [partial(lexical_leg, generation, text) for text in texts],
            "dense": [partial(dense_leg, generation, vector, usual) for vector in vectors],
        }
        found["first_query_ms"] = {leg: _ms(_seconds(searches[0])) for leg, searches in legs.items()}
        load = OtherLoad()
        found |= {leg: _percentiles_with_cpu(searches) for leg, searches in legs.items()}
        grown = status_mb("RssAnon") - anonymous
        found["anonymous_mb"] = round(grown, 1)
        found["anonymous_bytes_a_chunk"] = round(grown * 2**20 / generation.statistics.chunk_count, 1)
        found["first_pass"] = _beside_faiss(generation, vectors, K * usual)
        found["other_load"] = load.share()
        found["hits"], found["oversampled"] = {}, {}
        for times in OVERSAMPLING:
            seconds, hits = zip(*(_dense_timed(generation, vector, times) for vector in vectors), strict=True)
            found["hits"][times], found["oversampled"][times] = hits, _percentiles(seconds)
    return found


def lexical_leg(generation: Generation, text: str) -> list[str]:
    """Ids of the K best chunks by BM25."""
    segments = [segment.lexical for segment in generation.segments]
    query = parse_query(text, generation.languages, ())
    rows = search_lexical(segments, query, generation.statistics, Recipe(), K, generation.living, generation.chunk_id)
    return [generation.chunk_id(row) for row, _ in rows]


def dense_leg(generation: Generation, vector: Float32, oversampling: int) -> list[str]:
    """Ids of the K best chunks by their vectors."""
    segments, scan = [segment.vectors for segment in generation.segments], SCANS[settings().scan]
    found = search_dense(
        segments,
        vector,
        K,
        oversampling=oversampling,
        allowed=generation.living,
        scan=scan,
        name=generation.chunk_id,
    )
    return [generation.chunk_id(row) for row, _ in found]


def _dense_timed(generation: Generation, vector: Float32, oversampling: int) -> tuple[float, list[str]]:
    started = time.perf_counter()
    found = dense_leg(generation, vector, oversampling)
    return time.perf_counter() - started, found


def _beside_faiss(generation: Generation, vectors: Float32, wanted: int) -> dict[str, float]:
    """The first pass and faiss.IndexBinaryFlat in turns, over the same codes, for as many rows."""
    segments = [segment.vectors for segment in generation.segments]
    scan = SCANS[settings().scan]
    theirs = flat_search([segment.binary for segment in segments], wanted)
    times: dict[str, list[float]] = {"ours": [], "faiss": []}
    for vector in vectors:
        times["faiss"].append(_seconds(partial(theirs, vector)))
        times["ours"].append(_seconds(partial(first_pass, segments, vector, wanted, generation.living, scan)))
    ratio = float(np.median(np.array(times["ours"]) / np.array(times["faiss"])))
    return {f"{name}_p50_ms": _ms(float(np.median(seconds))) for name, seconds in times.items()} | {
        "ratio": round(ratio, 3)
    }


def _seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def _percentiles_with_cpu(searches: Sequence[Callable[[], object]]) -> dict[str, float]:
    """Times of the clock, and those of this process on its cores."""
    wall, cpu = [], []
    for search in searches:
        began = time.process_time()
        wall.append(_seconds(search))
        cpu.append(time.process_time() - began)
    return _percentiles(wall) | {f"cpu_{name}": value for name, value in _percentiles(cpu).items()}


def _percentiles(seconds: Sequence[float]) -> dict[str, float]:
    p50, p95 = np.percentile(seconds, [50, 95])
    return {"p50_ms": _ms(float(p50)), "p95_ms": _ms(float(p95))}


def _ms(seconds: float) -> float:
    return round(1000 * seconds, 2)
