"""Tiny late-interaction checkpoints in the layout of sentence-transformers' MultiVectorEncoder; as `checkpoints`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from tests.support.checkpoints import HIDDEN, tiny_encoder

_TYPES = {
    "Transformer": "sentence_transformers.base.modules.transformer.Transformer",
    "Dense": "sentence_transformers.base.modules.dense.Dense",
    "Normalize": "sentence_transformers.base.modules.normalize.Normalize",
    "MultiVectorMask": "sentence_transformers.multi_vector_encoder.modules.multi_vector_mask.MultiVectorMask",
}


def tiny_late_interaction(
    path: Path,
    *,
    dense: int | None = None,
    similarity: str = "meanmaxsim",
    skipped: tuple[str, ...] = (),
    prompts: dict[str, str] | None = None,
    seed: int = 5,
) -> Path:
    """A random model; `dense` is the width of a projection, `skipped` are words of passages that do not count."""
    tiny_encoder(path, seed=seed)
    configs: list[tuple[str, dict[str, object]]] = [("Transformer", {})]
    if dense is not None:
        configs.append(("Dense", _projection(path / f"{len(configs)}_Dense", dense, seed)))
    configs.append(("Normalize", {"module_input_name": "token_embeddings", "module_output_name": "token_embeddings"}))
    configs.append(("MultiVectorMask", {"skiplist_words": list(skipped), "skiplist_tasks": ["document"]}))
    entries = []
    for number, (name, config) in enumerate(configs):
        folder = f"{number}_{name}" if number else ""
        entries.append({"idx": number, "name": str(number), "path": folder, "type": _TYPES[name]})
        if folder:
            (path / folder).mkdir(exist_ok=True)
            (path / folder / "config.json").write_text(json.dumps(config))
    (path / "modules.json").write_text(json.dumps(entries))
    about = {"model_type": "MultiVectorEncoder", "similarity_fn_name": similarity, "prompts": prompts or {}}
    (path / "config_sentence_transformers.json").write_text(json.dumps(about))
    return path


def _projection(path: Path, width: int, seed: int) -> dict[str, object]:
    path.mkdir(parents=True)
    weight = np.random.default_rng([seed, width]).normal(0, 0.3, (width, HIDDEN)).astype(np.float32)
    save_file({"linear.weight": weight}, path / "model.safetensors")
    return {
        "in_features": HIDDEN,
        "out_features": width,
        "bias": False,
        "activation_function": "torch.nn.modules.linear.Identity",
        "module_input_name": "token_embeddings",
        "module_output_name": "token_embeddings",
    }
