"""FAISS's compressed scans that read a float query: the scalar quantiser (8 bits) and RaBitQ (1 bit and three factors).

Both scan all rows of a mapped file. They choose better than sign bits do, for models whose sign bits tell too little.
RaBitQ: Gao and Long 2024, https://arxiv.org/abs/2405.12497.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.settings import settings
from engine.types import Float32, Rows
from engine.vectors.codecs import decoded
from engine.vectors.kinds.base import BLOCK, SegmentCodes, real_rows
from engine.vectors.libraries import faiss_in_one_thread, load_faiss

_TRAINING = 100_000  # rows for ranges and centre
_QUERY_BITS = 8  # of RaBitQ's query


def build_sq8(codes: SegmentCodes, path: Path) -> None:
    """Write 8 bits a component, within the range of each component."""
    faiss = load_faiss()
    index = faiss.IndexScalarQuantizer(codes.int8.shape[1], faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)
    _fill(faiss, index, codes, path)


def build_rabitq(codes: SegmentCodes, path: Path) -> None:
    """Write 1 bit a component of what differs from the centre."""
    faiss = load_faiss()
    index = faiss.IndexRaBitQ(codes.int8.shape[1], faiss.METRIC_INNER_PRODUCT)
    index.qb = _QUERY_BITS
    _fill(faiss, index, codes, path)


def open_float(path: Path) -> FaissFloat:
    faiss = load_faiss()
    return FaissFloat(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC))


@dataclass(frozen=True, slots=True)
class FaissFloat:
    """A FAISS index that takes float queries."""

    index: Any

    def nearest(self, query: Float32, k: int) -> Rows:
        with faiss_in_one_thread():
            return real_rows(self.index.search(query[None, :], k)[1][0])


def _fill(faiss: Any, index: Any, codes: SegmentCodes, path: Path) -> None:
    faiss.omp_set_num_threads(settings().threads)
    rows = len(codes.scale)
    step = max(1, rows // _TRAINING)
    index.train(decoded(codes.int8[::step], codes.scale[::step]))
    for start in range(0, rows, BLOCK):
        index.add(decoded(codes.int8[start : start + BLOCK], codes.scale[start : start + BLOCK]))
    faiss.write_index(index, str(path))
