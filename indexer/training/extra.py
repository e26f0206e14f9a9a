"""Packages that training needs beside the core: checked before anything is read, so that nobody waits for an error."""

from __future__ import annotations

from importlib.util import find_spec

from engine.errors import DependencyMissing

_NEEDED = ("torch", "sentence_transformers", "datasets", "accelerate", "scipy")


def require_extra() -> None:
    """Raise DependencyMissing without the extra `train`."""
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise DependencyMissing(
            f"Training needs {', '.join(missing)}.",
            "Install it with `pip install 'winnow-search[train]'` (PyTorch's CPU build first, unless you want CUDA).",
        )


def device() -> str:
    """CUDA where it is there, else the CPU."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"
