"""The optional libraries behind index kinds, imported when first needed. DependencyMissing says what to install."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from engine.errors import DependencyMissing


@lru_cache(maxsize=1)
def load_faiss() -> Any:
    """The module `faiss`."""
    try:
        import faiss
    except ImportError as error:
        raise DependencyMissing(
            "Dense search needs FAISS.",
            "Install it with `pip install 'winnow-search[cpu]'`, or set WINNOW_SCAN=numpy for the slow exact scan and "
            "WINNOW_INDEX_KIND=exact to leave aside indexes that FAISS made.",
        ) from error
    return faiss


@contextmanager
def faiss_in_one_thread() -> Iterator[Any]:
    """The module `faiss`, computing in the calling thread alone, since one query has nothing to share out.

    OpenMP's number of threads is each thread's own, and torch reads the same one: it is set back.
    """
    faiss = load_faiss()
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield faiss
    finally:
        faiss.omp_set_num_threads(before)


@lru_cache(maxsize=1)
def load_faiss_gpu() -> Any:
    """The module `faiss`, if it is the build for GPUs and there is a GPU."""
    faiss = load_faiss()
    if not hasattr(faiss, "GpuIndexBinaryFlat"):
        raise DependencyMissing(
            "The index kind faiss-gpu needs FAISS for GPUs.",
            "Uninstall faiss-cpu and install it with `pip install 'winnow-search[gpu]'`.",
        )
    if faiss.get_num_gpus() == 0:
        raise DependencyMissing("The index kind faiss-gpu needs a GPU, and FAISS finds none.", "Use another kind.")
    return faiss


@lru_cache(maxsize=1)
def load_usearch() -> Any:
    """The module `usearch.index`."""
    try:
        import usearch.index
    except ImportError as error:
        raise DependencyMissing(
            "This collection's index kind needs USearch.",
            "Install it with `pip install 'winnow-search[usearch]'`, or search with WINNOW_INDEX_KIND=exact.",
        ) from error
    return usearch.index
