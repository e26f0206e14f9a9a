"""FAISS's exact scan on a GPU over the same sign bits. It has no file: opening a segment copies its codes to the GPU.

https://github.com/facebookresearch/faiss/wiki/Faiss-on-the-GPU
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from engine.types import Float32, Rows
from engine.vectors.codecs import Codes, binary_codes
from engine.vectors.kinds.base import real_rows
from engine.vectors.libraries import load_faiss_gpu

MOST_FOUND = 2048  # the k that FAISS's kernels on a GPU can give


def upload(binary: Codes) -> GpuScan:
    """Codes (n, d/8) on the first GPU; 48 MB a million of 384 bits. DependencyMissing."""
    faiss = load_faiss_gpu()
    resources = faiss.StandardGpuResources()
    index = faiss.GpuIndexBinaryFlat(resources, 8 * binary.shape[1])
    index.add(binary)
    return GpuScan(resources, index)


@dataclass(frozen=True, slots=True)
class GpuScan:
    """`resources` own the memory and must live as long as `index`. One search at a time: they are not thread-safe."""

    resources: Any
    index: Any
    lock: threading.Lock = field(default_factory=threading.Lock)

    def nearest(self, query: Float32, k: int) -> Rows:
        with self.lock:
            _, labels = self.index.search(binary_codes(query)[None, :], min(k, MOST_FOUND))
        return real_rows(labels[0])
