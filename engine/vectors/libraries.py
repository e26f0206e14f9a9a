"""The optional libraries behind index kinds, imported when first needed. DependencyMissing says what to install."""

from __future__ import annotations

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
