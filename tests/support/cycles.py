"""Replacing a tenth of a collection's documents again and again, and what that makes of its disk and its answers."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from pathlib import Path

from engine.lexical.query import parse_query
from engine.lexical.search import search_lexical
from engine.recipe import Recipe
from engine.settings import settings
from engine.store.files import size_of_tree
from engine.store.generation import Generation, open_generation
from engine.store.merging.merge import merge_due
from engine.store.segments.batch import StoredDocument
from engine.store.writer import CollectionWriter, open_writer
from engine.vectors.search import SCANS, search_dense
from tests.support.stores import batch, config, stored, vectors_of

WORDS = [f"{stem}{end}" for stem in ("boat", "ferry", "bread", "night", "harbour") for end in map(str, range(400))]
K = 20
AFTER = 4  # cycles after each of which the latency is measured
PASSES = 5


@dataclass(frozen=True, slots=True)
class Cycles:
    """After the last cycles, against a fresh build: bytes and seconds a query as ratios; segments and chunks written.

    `latency` is the mean over AFTER cycles, since how many segments there are changes from one to the next, and
    `worst_latency` that of the worst of them.
    """

    disk: float
    most_disk: float
    latency: float
    worst_latency: float
    segments: int
    rewritten: float
    lexical_equal: bool
    dense_equal: bool


def text_of(rng: random.Random) -> str:
    """Ten to ninety words, frequent ones first, as in natural text: some four chunks."""
    return " ".join(WORDS[min(int(rng.paretovariate(0.6)) - 1, len(WORDS) - 1)] for _ in range(rng.randint(4, 24)))


def run_cycles(root: Path, documents: int, cycles: int, seed: int = 0) -> Cycles:
    """Build, replace a tenth `cycles` times (merging and sweeping as an ingest does), compare with a fresh build."""
    rng = random.Random(seed)
    current: dict[str, StoredDocument] = {f"d{i}": stored(f"d{i}", text_of(rng)) for i in range(documents)}
    queries = [text_of(rng)[:60] for _ in range(100)]
    sizes, written, replaced = [], 0, 0
    with open_writer(root / "old", "docs", config()) as writer:
        writer.commit(batch(*current.values()))
        for _ in range(cycles):
            new, rewritten = _replace_a_tenth(writer, current, rng)
            written, replaced = written + rewritten, replaced + new
            sizes.append(size_of_tree(writer.layout.root))
        segments = len(writer.manifest.segments)
    with open_writer(root / "fresh", "docs", config()) as writer:
        writer.commit(batch(*current.values()))
        writer.sweep(0)
        fresh = size_of_tree(writer.layout.root)
    with open_generation(root / "old", "docs") as old, open_generation(root / "fresh", "docs") as new_build:
        lexical = [_lexical(old, q) == _lexical(new_build, q) for q in queries]
        dense = [_dense(old, q) == _dense(new_build, q) for q in queries]
    latency = []
    for _ in range(AFTER):
        with open_generation(root / "old", "docs") as old, open_generation(root / "fresh", "docs") as new_build:
            latency.append(_latency(old, new_build, queries))
        with open_writer(root / "old", "docs") as writer:
            _replace_a_tenth(writer, current, rng)
    return Cycles(
        disk=sizes[-1] / fresh,
        most_disk=max(sizes) / fresh,
        latency=sum(latency) / AFTER,
        worst_latency=max(latency),
        segments=segments,
        rewritten=written / replaced,
        lexical_equal=all(lexical),
        dense_equal=all(dense),
    )


def _replace_a_tenth(
    writer: CollectionWriter, current: dict[str, StoredDocument], rng: random.Random
) -> tuple[int, int]:
    """Commit, merge and sweep; how many chunks came, and how many were rewritten."""
    new = {name: stored(name, text_of(rng)) for name in rng.sample(sorted(current), len(current) // 10)}
    current |= new
    writer.commit(batch(*new.values()))
    rewritten = merge_due(writer).written
    writer.sweep(0)
    return sum(len(document.chunks) for document in new.values()), rewritten


def _lexical(generation: Generation, text: str) -> list[tuple[str, float]]:
    found = search_lexical(
        [segment.lexical for segment in generation.segments],
        parse_query(text, generation.languages, ()),
        generation.statistics,
        Recipe(),
        K,
        generation.living,
        generation.chunk_id,
    )
    return [(generation.chunk_id(row), score) for row, score in found]


def _dense(generation: Generation, text: str) -> list[tuple[str, float]]:
    found = search_dense(
        [segment.vectors for segment in generation.segments],
        vectors_of([text])[0],
        K,
        oversampling=4,
        allowed=generation.living,
        scan=SCANS[settings().scan],
        name=generation.chunk_id,
    )
    return [(generation.chunk_id(row), score) for row, score in found]


def _latency(old: Generation, fresh: Generation, queries: list[str]) -> float:
    """The median over queries of both legs' processor time (the machine may be busy) in `old` by that in `fresh`.

    They are asked in turns, so that whatever slows one slows the other, and the best of PASSES counts.
    """
    ratios = []
    for text in queries:
        best = [min(_seconds(generation, text) for _ in range(PASSES)) for generation in (old, fresh)]
        ratios.append(best[0] / best[1])
    return sorted(ratios)[len(ratios) // 2]


def _seconds(generation: Generation, text: str) -> float:
    start = time.process_time()
    _lexical(generation, text)
    _dense(generation, text)
    return time.process_time() - start
