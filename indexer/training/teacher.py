"""The teacher: a frozen encoder whose embeddings of the training texts are what a student is trained towards."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from engine.fingerprint import digest_json
from engine.models.checkpoints.locate import locate_weights
from engine.types import Float32
from indexer.training.extra import device


def load_teacher(name: str) -> Any:
    """A SentenceTransformer by Winnow's names of models (bundled, directory, id)."""
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(locate_weights(name, "encoder")), device=device())


def embed(name: str, texts: Sequence[str], cache: Path, *, bf16: bool = True, max_length: int | None = None) -> Float32:
    """Unit embeddings (n, d) of `texts`, in their order; read from `cache` where the same were made before."""
    import torch

    model = load_teacher(name)
    if max_length:
        model.max_seq_length = max_length
    file = cache / f"embeddings-{digest_json([str(locate_weights(name, 'encoder')), max_length, list(texts)])[:16]}.npy"
    if file.is_file():
        return np.asarray(np.load(file), dtype=np.float32)
    with torch.autocast(device(), dtype=torch.bfloat16, enabled=bf16):
        made = model.encode(list(texts), batch_size=64, normalize_embeddings=True, show_progress_bar=False)
    cache.mkdir(parents=True, exist_ok=True)
    np.save(file, np.asarray(made, dtype=np.float32))
    return np.asarray(made, dtype=np.float32)
