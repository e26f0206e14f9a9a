"""Records the goldens from sentence-transformers: `python -m tests.parity.record_goldens` (needs torch and it)."""

from __future__ import annotations

import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file
from sentence_transformers import CrossEncoder, SentenceTransformer

from engine.models.checkpoints.packed import sizes
from engine.models.checkpoints.weights import INDEX, read_tensors, weight_files
from tests.parity.cases import CROSS_ENCODERS, ENCODERS, GOLDENS, QUERIES, SENTENCES, pair_scores
from tests.support.checkpoints import TEXTS

BUNDLED = Path(__file__).parents[2] / "data" / "models" / "winnow-encoder"
MULTILINGUAL = BUNDLED.with_name("winnow-multilingual")


def load_encoder(path: Path) -> SentenceTransformer:
    static = not (path / "config.json").is_file()
    return SentenceTransformer(str(path), device="cpu", model_kwargs={} if static else {"dtype": "float32"})


def encoder_vectors(path: Path, texts: list[str]) -> dict[str, np.ndarray]:
    model = load_encoder(path)
    return {"query": model.encode_query(texts), "document": model.encode_document(texts)}


def unpacked(model: Path, out: Path) -> Path:
    """A copy with every weight as float32, which sentence-transformers can read."""
    shutil.copytree(model, out)
    files = weight_files(out)
    tensors = read_tensors(files)
    plain = {name: np.ascontiguousarray(tensors[name], np.float32) for name in sizes(tensors)}
    for file in (*files, out / INDEX):
        file.unlink(missing_ok=True)
    save_file(plain, out / "model.safetensors", metadata={"format": "pt"})
    return out


def reranker_scores(path: Path) -> np.ndarray:
    """(queries, texts)"""
    model = CrossEncoder(str(path), device="cpu", model_kwargs={"dtype": "float32"})
    return np.stack([pair_scores(model, query, TEXTS) for query in QUERIES])


def main() -> None:
    GOLDENS.mkdir(exist_ok=True)
    source = np.array(f"sentence-transformers {version('sentence-transformers')}, torch {version('torch')}")
    with tempfile.TemporaryDirectory() as folder:
        encoders = {
            f"{name}/{role}": vectors
            for name, make in ENCODERS.items()
            for role, vectors in encoder_vectors(make(Path(folder) / name), TEXTS).items()
        }
        rerankers = {name: reranker_scores(make(Path(folder) / f"c-{name}")) for name, make in CROSS_ENCODERS.items()}
        multilingual = encoder_vectors(unpacked(MULTILINGUAL, Path(folder) / "multilingual"), SENTENCES)
    save: Any = np.savez_compressed  # whose stub takes the first of any arrays for `allow_pickle`
    save(GOLDENS / "multilingual_encoder.npz", source=source, **multilingual)
    save(GOLDENS / "encoders.npz", source=source, **encoders)
    save(GOLDENS / "rerankers.npz", source=source, **rerankers)
    save(GOLDENS / "bundled_encoder.npz", source=source, **encoder_vectors(BUNDLED, SENTENCES))


if __name__ == "__main__":
    main()
