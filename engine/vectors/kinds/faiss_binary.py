"""FAISS's approximate indexes over sign bits: an HNSW graph and inverted lists.

HNSW: Malkov and Yashunin 2018, https://arxiv.org/abs/1603.09320. Files are mapped, not read.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.settings import settings
from engine.types import Float32, Rows
from engine.vectors.codecs import binary_codes
from engine.vectors.kinds.base import SegmentCodes, real_rows
from engine.vectors.libraries import faiss_in_one_thread, load_faiss

_LINKS = 16  # M of the paper: neighbours of a node, twice as many in the lowest layer
_BUILD_EFFORT = 80  # efConstruction
_SEARCH_EFFORT = 1.5  # efSearch by k
_LISTS_PER_ROOT = 4  # inverted lists by the root of the number of rows
_PROBED, _LEAST_PROBED = 8, 8  # one list in so many is read, and some always
_TRAINING = 64  # rows to train each list with


def build_hnsw(codes: SegmentCodes, path: Path) -> None:
    """Write a graph; some 14 ms of one core a hundred rows."""
    faiss = load_faiss()
    faiss.omp_set_num_threads(settings().threads)
    index = faiss.IndexBinaryHNSW(8 * codes.binary.shape[1], _LINKS)
    index.hnsw.efConstruction = _BUILD_EFFORT
    index.add(codes.binary)
    faiss.write_index_binary(index, str(path))


def build_ivf(codes: SegmentCodes, path: Path) -> None:
    """Write inverted lists around centres that are trained on rows spread evenly over the segment."""
    faiss = load_faiss()
    faiss.omp_set_num_threads(settings().threads)
    rows, bits = len(codes.binary), 8 * codes.binary.shape[1]
    lists = max(1, min(round(_LISTS_PER_ROOT * rows**0.5), rows // _TRAINING))
    coarse = faiss.IndexBinaryFlat(bits)
    index = faiss.IndexBinaryIVF(coarse, bits, lists)
    index.train(codes.binary[:: max(1, rows // (lists * _TRAINING))])
    index.add(codes.binary)
    faiss.write_index_binary(index, str(path))


def open_hnsw(path: Path) -> FaissBinary:
    faiss = load_faiss()
    return FaissBinary(faiss.read_index_binary(str(path), faiss.IO_FLAG_MMAP_IFC), graph=True)


def open_ivf(path: Path) -> FaissBinary:
    faiss = load_faiss()
    index = faiss.read_index_binary(str(path), faiss.IO_FLAG_MMAP_IFC)
    index.nprobe = max(_LEAST_PROBED, index.nlist // _PROBED)
    return FaissBinary(index, graph=False)


@dataclass(frozen=True, slots=True)
class FaissBinary:
    """A FAISS index over sign bits."""

    index: Any
    graph: bool

    def nearest(self, query: Float32, k: int) -> Rows:
        code = binary_codes(query)[None, :]
        with faiss_in_one_thread() as faiss:
            if not self.graph:
                return real_rows(self.index.search(code, k)[1][0])
            # The effort goes with the call: set on the index, it would change under another thread.
            effort = faiss.SearchParametersHNSW(efSearch=round(_SEARCH_EFFORT * k))
            return real_rows(self.index.search(code, k, params=effort)[1][0])
