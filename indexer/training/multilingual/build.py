"""Writes the model: a part of the pieces and their embeddings, the layers as they are, a rotation for sign bits."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from engine.models.checkpoints.declared import FILE, KEY
from engine.models.checkpoints.packed import PACKED, SCALE
from engine.models.export import write_checksums, write_index
from engine.models.loading import assemble_encoder
from engine.models.runtimes.execution import execution
from engine.models.runtimes.runtime import load_runtime
from engine.types import Float32
from indexer.training.multilingual.source import WORDS, Shape, Source
from indexer.training.multilingual.tokenizer import SPECIAL, tokenizer_json
from indexer.training.rotation import learn_rotation

PROMPTS = {"query": "query: ", "document": "passage: "}
DIMENSION = 640  # as many sign bits as the English encoder gives
LENGTH = 256
SEED = 13
_MODULES = ("Transformer", "Pooling", "Dense", "Normalize")


def build(source: Source, kept: Sequence[int], texts: Sequence[str], declared: dict[str, Any], out: Path) -> None:
    """Write the model with the pieces `kept` into `out`; `texts` are what the rotation is fitted to."""
    _write_transformer(source, kept, out)
    _write_modules(out, rotated=False, declared={})
    encoder = assemble_encoder(out, lambda checkpoint: load_runtime(checkpoint, execution(None, None)))
    rotation = learn_centred_rotation(encoder.encode(texts), DIMENSION, SEED)
    (out / "2_Dense").mkdir()
    _save({"linear.weight": np.ascontiguousarray(rotation.T, np.float16)}, out / "2_Dense" / "model.safetensors")
    _write_modules(out, rotated=True, declared=declared)


def finish(out: Path, card: str) -> None:
    """The card, and the checksums of all."""
    (out / "README.md").write_text(card, encoding="utf-8")
    write_checksums(out)


def learn_centred_rotation(embeddings: Float32, dimension: int, seed: int) -> Float32:
    """A rotation (d, dimension) with orthonormal rows for embeddings whose mean is far from zero, as E5's is.

    The mean's direction gets one output of its own, and the other outputs see the rest, which is centred: otherwise
    the mean would decide the sign of every output, and the sign bits would say little.
    """
    mean = embeddings.mean(axis=0)
    basis = np.linalg.qr(np.column_stack([mean, np.eye(len(mean), dtype=np.float32)]))[0][:, : len(mean)]
    rest = (embeddings - mean) @ basis[:, 1:]
    rotation = np.zeros((len(mean), dimension), np.float32)
    rotation[0, 0] = 1.0
    rotation[1:, 1:] = learn_rotation(np.ascontiguousarray(rest, np.float32), dimension - 1, seed)
    return np.ascontiguousarray(basis @ rotation, np.float32)


def _write_transformer(source: Source, kept: Sequence[int], out: Path) -> None:
    out.mkdir(parents=True)
    _json(out / "config.json", _config(source.shape, len(kept)))
    _json(out / "sentence_bert_config.json", {"max_seq_length": LENGTH, "do_lower_case": False})
    begin, pad, end, unknown = SPECIAL
    names = {"bos_token": begin, "cls_token": begin, "eos_token": end, "sep_token": end, "pad_token": pad}
    names |= {"unk_token": unknown, "mask_token": "<mask>"}
    _json(out / "special_tokens_map.json", names)
    kind = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": source.shape.positions}
    _json(out / "tokenizer_config.json", names | kind)
    pieces = [(source.pieces[number], float(f"{source.scores[number]:.7g}")) for number in kept]
    text = json.dumps(tokenizer_json(pieces), ensure_ascii=False, separators=(",", ":"))
    (out / "tokenizer.json").write_text(text, encoding="utf-8")
    tensors: dict[str, NDArray[Any]] = {name: np.ascontiguousarray(array) for name, array in source.tensors.items()}
    words = {name: tensors.pop(name)[list(kept)] for name in (WORDS + PACKED, WORDS + SCALE)}
    for number, shard in enumerate((words, tensors), 1):  # no file of 50 MB
        _save(shard, out / f"model-0000{number}-of-00002.safetensors")
    write_index(out)


def _write_modules(out: Path, *, rotated: bool, declared: dict[str, Any]) -> None:
    width = 384
    names = [name for name in _MODULES if rotated or name != "Dense"]
    paths = {name: "" if name == "Transformer" else f"{_MODULES.index(name)}_{name}" for name in names}
    package = "sentence_transformers.models"
    rows = [
        {"idx": number, "name": str(number), "path": paths[name], "type": f"{package}.{name}"}
        for number, name in enumerate(names)
    ]
    _json(out / "modules.json", rows)
    _json(out / "1_Pooling" / "config.json", {"word_embedding_dimension": width, "pooling_mode_mean_tokens": True})
    _json(out / "3_Normalize" / "config.json", {})
    if rotated:
        identity = {"activation_function": "torch.nn.modules.linear.Identity", "bias": False}
        _json(out / "2_Dense" / "config.json", {"in_features": width, "out_features": DIMENSION, **identity})
    saved = {"model_type": "SentenceTransformer", "prompts": PROMPTS, "default_prompt_name": None}
    _json(out / FILE, {**saved, "similarity_fn_name": "cosine", **({KEY: declared} if declared else {})})


def _config(shape: Shape, pieces: int) -> dict[str, Any]:
    return {
        "architectures": ["BertModel"],
        "attention_probs_dropout_prob": 0.1,
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1,
        "hidden_size": shape.hidden,
        "initializer_range": 0.02,
        "intermediate_size": shape.inner,
        "layer_norm_eps": 1e-12,
        "max_position_embeddings": shape.positions,
        "model_type": "bert",
        "num_attention_heads": shape.heads,
        "num_hidden_layers": shape.layers,
        "pad_token_id": SPECIAL.index("<pad>"),
        "position_embedding_type": "absolute",
        "torch_dtype": "float32",
        "type_vocab_size": 2,
        "use_cache": True,
        "vocab_size": pieces,
    }


def _save(tensors: dict[str, NDArray[Any]], file: Path) -> None:
    save_file(tensors, file, metadata={"format": "pt"})
    file.chmod(0o644)


def _json(path: Path, content: Any) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
