"""First passes: the scan over sign bits, and BM25."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers.base import Corpus
from benchmarks.peers.tantivy import Tantivy
from benchmarks.speed.interleave import Contender, compete
from engine.lexical.query import parse_query
from engine.lexical.search import search_lexical
from engine.lexical.segment import LexicalSegment
from engine.lexical.statistics import of_segments
from engine.lexical.writing.segment import LexicalEntry, write_lexical
from engine.recipe import Recipe
from engine.vectors.libraries import load_faiss
from engine.vectors.search import SCANS

SCAN_K = 400  # what Winnow takes of the first pass for 100 candidates


def scan(rows: int, bits: int, rounds: int) -> dict[str, Any]:
    """The nearest 400 of random codes to a random query, on one thread."""
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
    return compete(contenders, rounds) | {"rows": rows, "bits": bits, "k": k}


def bm25(texts: list[str], queries: list[str], folder: Path, rounds: int) -> dict[str, Any]:
    """The 100 best of the same texts: tantivy alone, and tantivy with our rescoring by exact statistics."""
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
    return compete(contenders, max(rounds, len(queries))) | {"rows": len(texts), "k": 100}
