"""The first pass: candidates of a generation by sign bits or by its segments' indexes.

What holds for every index kind is done here once: only allowed rows, as many as asked for where they exist, each once.
An index that finds too few gives way to the exact scan. A selective filter has its rows gathered and scanned exactly.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engine.settings import settings
from engine.types import Float32, RowMask, Rows
from engine.vectors.codecs import Codes, binary_codes
from engine.vectors.files import VectorFiles
from engine.vectors.index import SegmentIndex

BinaryScan = Callable[[Codes, Codes, int], tuple[Rows, NDArray[np.int32]]]

_MOST_TIES = 16_384  # codes as near as the last that are kept with it: beyond, all vectors are alike
_FEW = 64  # how many more are asked for at first, to see whether there are ties
_BLOCK = 250_000  # codes that one thread scans at a time, in about a millisecond
_WORTH_A_THREAD = 50_000  # codes: fewer are scanned before another thread has begun
# Times as many are asked of an index so that enough pass the filter; beyond, the exact scan is faster.
_MOST_OVERFETCH = 8


@dataclass(frozen=True, slots=True)
class Part:
    """A segment with an index, or a block of rows of one without; `start` is its first row in the segment."""

    segment: int
    start: int
    binary: Codes
    mask: RowMask | None
    index: SegmentIndex | None


@dataclass(frozen=True, slots=True)
class Found:
    """Allowed rows of a part, or of its segment. `distances` is None where an index has chosen them by something finer
    than these.
    """

    rows: Rows
    distances: NDArray[np.int32] | None


def first_pass(
    segments: Sequence[VectorFiles], query: Float32, k: int, allowed: Sequence[RowMask | None], scan: BinaryScan
) -> list[Rows]:
    """Per segment its candidates, ascending: the k nearest of the generation by Hamming distance, and all that are as
    near as the last of them.

    So they do not depend on how the rows are spread over segments. What an index with a finer measure has
    chosen comes on top, k rows a segment.
    """
    found = nearest(segments, query, k, allowed, scan)
    kept: list[list[Rows]] = [[] for _ in segments]
    for (segment, result), chosen in zip(found, smallest([result.distances for _, result in found], k), strict=True):
        kept[segment].append(np.sort(result.rows[chosen]))
    return [np.concatenate([*rows, np.empty(0, np.int64)]) for rows in kept]


def nearest(
    segments: Sequence[VectorFiles], query: Float32, k: int, allowed: Sequence[RowMask | None], scan: BinaryScan
) -> list[tuple[int, Found]]:
    """Positions of segments, several times where one has several parts, each with its rows: among them are those that
    the first pass keeps, whatever other segments the generation has.
    """
    code = binary_codes(query)
    parts = _parts(segments, allowed)
    threads = min(settings().threads, len(parts), -(-sum(len(part.binary) for part in parts) // _WORTH_A_THREAD))
    found = _in_parallel([lambda part=part: _search(part, query, code, k, scan) for part in parts], threads)  # type: ignore[misc]
    return [
        (part.segment, Found(part.start + result.rows, result.distances))
        for part, result in zip(parts, found, strict=True)
    ]


def _parts(segments: Sequence[VectorFiles], allowed: Sequence[RowMask | None]) -> list[Part]:
    parts = []
    for position, (vectors, mask) in enumerate(zip(segments, allowed, strict=True)):
        step = _BLOCK if vectors.index is None else max(1, vectors.rows)
        for start in range(0, vectors.rows, step):
            rows = slice(start, start + step)
            within = None if mask is None else mask[rows]
            parts.append(Part(position, start, vectors.binary[rows], within, vectors.index))
    return parts


def _search(part: Part, query: Float32, code: Codes, k: int, scan: BinaryScan) -> Found:
    if part.index is not None:
        found = _by_index(part, part.index, query, code, k)
        if found is not None:
            return found
    return Found(*_exact(part, code, k, scan))


def _by_index(part: Part, index: SegmentIndex, query: Float32, code: Codes, k: int) -> Found | None:
    """Rows that the index finds; None where it is the wrong tool or found too few."""
    total = len(part.binary)
    passing = total if part.mask is None else int(np.count_nonzero(part.mask))
    wanted = k if part.mask is None else round(1.2 * k * total / max(1, passing))
    if wanted > min(_MOST_OVERFETCH * k, total // 2):
        return None
    rows = index.nearest(query, wanted)
    rows = (rows if part.mask is None else rows[part.mask[rows]])[:k]
    if len(rows) < min(k, passing):
        return None
    if index.finer:
        return Found(rows, None)
    return Found(rows, np.bitwise_count(part.binary[rows] ^ code).sum(axis=1, dtype=np.int32))


def _exact(part: Part, code: Codes, k: int, scan: BinaryScan) -> tuple[Rows, NDArray[np.int32]]:
    """The k nearest allowed rows. Where most are forbidden, the allowed ones are gathered and scanned alone."""
    if part.mask is None or 2 * np.count_nonzero(part.mask) > len(part.mask):
        return _nearest(code, part.binary, part.mask, k, scan)
    rows = np.flatnonzero(part.mask)
    within, distances = _nearest(code, np.ascontiguousarray(part.binary[rows]), None, k, scan)
    return rows[within], distances


def _nearest(
    code: Codes, codes: Codes, mask: RowMask | None, k: int, scan: BinaryScan
) -> tuple[Rows, NDArray[np.int32]]:
    """The k nearest codes that the mask allows, and all that are as near as the last of them; of those no more than
    some _MOST_TIES.
    """
    if k == 0:
        return np.empty(0, np.int64), np.empty(0, np.int32)
    passing = len(codes) if mask is None else int(np.count_nonzero(mask))
    asked = (k + max(k // 2, _FEW)) * len(codes) // max(passing, 1)
    most = asked + _MOST_TIES
    while True:
        rows, distances = scan(code, codes, asked)
        complete, last = len(rows) == len(codes), distances[-1:]
        if mask is not None:
            allowed = mask[rows]
            rows, distances = rows[allowed], distances[allowed]
        if len(rows) >= k:
            keep = distances <= distances[k - 1 : k]
            if complete or asked >= most or (distances[k - 1 : k] < last).all():
                return rows[keep], distances[keep]
        elif complete:
            return rows, distances
        asked = 4 * asked if len(rows) < k else min(4 * asked, most)


def smallest(distances: Sequence[NDArray[np.int32] | None], k: int) -> list[NDArray[np.bool_] | slice]:
    """The part of each list to keep: what is no larger than the k-th smallest of all lists, and the whole of a None."""
    known = [part for part in distances if part is not None]
    merged = np.concatenate([*known, np.empty(0, np.int32)])
    last = np.partition(merged, k - 1)[k - 1] if 0 < k < len(merged) else np.iinfo(np.int32).max
    return [slice(None) if part is None else part <= last for part in distances]


def _in_parallel(tasks: Sequence[Callable[[], Found]], threads: int) -> list[Found]:
    """The tasks' results in order. The caller works too, so that on a busy machine it waits for no thread to start."""
    waiting = deque(enumerate(tasks))
    results: dict[int, Found] = {}

    def work() -> None:
        while True:
            try:
                number, task = waiting.popleft()
            except IndexError:
                return
            results[number] = task()

    started = [_pool(settings().threads).submit(work) for _ in range(threads - 1)]
    work()
    for helper in started:
        if not helper.cancel():  # cancelled where nothing was left before it began
            helper.result()
    return [results[number] for number in range(len(tasks))]


@lru_cache(maxsize=1)
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="scan")
