"""First passes: the scan over sign bits, and BM25."""

from __future__ import annotations

from importlib.util import find_spec
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.base import Corpus
from benchmarks.peers.engines.bm25s import Bm25s
from benchmarks.peers.engines.tantivy import Tantivy
from benchmarks.peers.registry import missing
from benchmarks.speed.interleave import Contender, compete, with_floor
from engine.lexical.query import parse_query
from engine.lexical.search import search_lexical
from engine.lexical.segment import LexicalSegment
from engine.lexical.statistics import of_segments
from engine.lexical.writing.segment import LexicalEntry, write_lexical
from engine.recipe import Recipe
from engine.vectors.libraries import load_faiss
from engine.vectors.search import SCANS

SCAN_K = 400  # what Winnow takes of the first pass for 100 candidates


def scan(rows: int, bits: int, rounds: int, rate: float) -> dict[str, Any]:
    """The nearest 400 of random codes to a random query, on one thread; `rate` is how many bytes one reads a second."""
    faiss = load_faiss()
    generator = np.random.default_rng(0)
    codes = generator.integers(0, 256, (rows, bits // 8), dtype=np.uint8)
    query = generator.integers(0, 256, bits // 8, dtype=np.uint8)
    index = faiss.IndexBinaryFlat(bits)
    index.add(codes)
    faiss.omp_set_num_threads(1)
    k = min(SCAN_K, rows)
    contenders: dict[str, Contender] = {
        "winnow (faiss kernel, in place)": lambda: SCANS["faiss"](query, codes, k),
        "faiss IndexBinaryFlat": lambda: index.search(query[None, :], k),
        "numpy": lambda: SCANS["numpy"](query, codes, k),
    }
    usearch = _usearch(codes, query, k)
    if usearch:
        contenders["usearch, exact"] = usearch
    found = compete(contenders, rounds) | {"rows": rows, "bits": bits, "k": k}
    return with_floor(found, rows * bits / 8 / rate)


def _usearch(codes: NDArray[np.uint8], query: NDArray[np.uint8], k: int) -> Contender | None:
    """USearch's exact search, where it is installed."""
    if find_spec("usearch") is None:
        return None
    from usearch.compiled import MetricKind
    from usearch.index import search

    return lambda: search(codes, query, k, MetricKind.Hamming, exact=True, threads=1)


def bm25(texts: list[str], queries: list[str], folder: Path, rounds: int) -> dict[str, Any]:
    """The 100 best of the same texts: tantivy with our rescoring by exact statistics, tantivy alone, bm25s."""
    (folder / "raw").mkdir()
    raw = Tantivy()
    raw.build(Corpus([str(row) for row in range(len(texts))], texts, folder / "raw"))
    write_lexical(folder / "ours", [LexicalEntry("", text, "en") for text in texts])
    segments = [LexicalSegment.open(folder / "ours")]
    statistics, recipe = of_segments(segments), Recipe()
    mine, theirs = cycle(queries), cycle(queries)

    def ours() -> object:
        query = parse_query(next(mine), ["en"], frozenset())
        return search_lexical(segments, query, statistics, recipe, 100, [None])

    contenders: dict[str, Contender] = {
        "winnow (tantivy + exact BM25)": ours,
        "tantivy": lambda: raw.search(next(theirs), 100),
    }
    other = Bm25s()
    if not missing(other):
        (folder / "bm25s").mkdir()
        other.build(Corpus([str(row) for row in range(len(texts))], texts, folder / "bm25s"))
        third = cycle(queries)
        contenders["bm25s"] = lambda: other.search(next(third), 100)
    return compete(contenders, max(rounds, len(queries))) | {"rows": len(texts), "k": 100}
