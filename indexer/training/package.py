"""Packaging: half-precision weights, a clean tokenizer, the classic file layout, checksums."""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

CHECKSUMS = "CHECKSUMS.sha256"
LIMIT_BYTES = 50_000_000
HEAD_MODULES = {"2_Dense": "dense", "3_Dense": "score"}
# The files hold fp16; "torch_dtype" asks loaders to compute in fp32, which is faster on a CPU.
CONFIG: dict[str, Any] = {
    "architectures": ["BertModel"],
    "attention_probs_dropout_prob": 0.1,
    "hidden_act": "gelu",
    "hidden_dropout_prob": 0.1,
    "hidden_size": 384,
    "initializer_range": 0.02,
    "intermediate_size": 1536,
    "layer_norm_eps": 1e-12,
    "max_position_embeddings": 512,
    "model_type": "bert",
    "num_attention_heads": 12,
    "num_hidden_layers": 6,
    "pad_token_id": 0,
    "position_embedding_type": "absolute",
    "torch_dtype": "float32",
    "type_vocab_size": 2,
    "use_cache": True,
    "vocab_size": 30522,
}


def write_json(path: Path, value: object) -> None:
    """Write a value as indented JSON, making the folder if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def save_half(path: Path, tensors: dict[str, torch.Tensor]) -> None:
    """Store tensors as fp16 safetensors."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = {name: tensor.detach().to(torch.float16).contiguous() for name, tensor in tensors.items()}
    save_file(half, str(path), metadata={"format": "pt"})
    path.chmod(0o644)


def bert_tensors(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Keep the tensors that an encoder with mean pooling needs, under a plain BertModel's names."""
    kept = {name.removeprefix("bert."): tensor for name, tensor in state.items()}
    return {n: t for n, t in kept.items() if n.startswith(("embeddings.", "encoder.")) and "position_ids" not in n}


def write_tokenizer(base: Path, out: Path) -> None:
    """Copy the tokenizer with its fixed truncation and padding removed: callers set their own."""
    tokenizer = json.loads((base / "tokenizer.json").read_text(encoding="utf-8"))
    tokenizer["truncation"] = tokenizer["padding"] = None
    text = json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":"))
    (out / "tokenizer.json").write_text(text + "\n", encoding="utf-8")
    settings = json.loads((base / "tokenizer_config.json").read_text(encoding="utf-8"))
    for key in ("name_or_path", "special_tokens_map_file", "never_split"):
        settings.pop(key, None)
    write_json(out / "tokenizer_config.json", settings)
    write_json(out / "special_tokens_map.json", json.loads((base / "special_tokens_map.json").read_text("utf-8")))
    shutil.copyfile(base / "vocab.txt", out / "vocab.txt")


def write_common(base: Path, out: Path, last: list[dict[str, Any]], max_length: int) -> None:
    """Write what both models share: configuration, pooling, tokenizer and the list of modules."""
    out.mkdir(parents=True, exist_ok=True)
    write_json(out / "config.json", CONFIG)
    write_json(out / "sentence_bert_config.json", {"max_seq_length": max_length, "do_lower_case": False})
    modes = {f"pooling_mode_{m}": m == "mean_tokens" for m in ("cls_token", "mean_tokens", "max_tokens")}
    write_json(out / "1_Pooling" / "config.json", {"word_embedding_dimension": 384, **modes})
    first = [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
    ]
    write_json(out / "modules.json", first + last)
    write_tokenizer(base, out)


def package_encoder(base: Path, out: Path) -> None:
    """Write the bundled bi-encoder: the base's weights, unchanged but for half precision."""
    last = [{"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}]
    write_common(base, out, last, max_length=256)
    write_json(out / "2_Normalize" / "config.json", {})
    about = {
        "__version__": {"sentence_transformers": "2.0.0", "transformers": "4.6.1", "pytorch": "1.8.1"},
        "model_type": "SentenceTransformer",
        "prompts": {},
        "default_prompt_name": None,
        "similarity_fn_name": "cosine",
    }
    write_json(out / "config_sentence_transformers.json", about)
    save_half(out / "model.safetensors", bert_tensors(load_file(str(base / "model.safetensors"))))
    write_checksums(out)


def package_reranker(checkpoint: Path, base: Path, out: Path) -> None:
    """Write a trained reranker: BERT, mean pooling, a hidden layer and a score, as a modular CrossEncoder."""
    state = load_file(str(checkpoint))
    dense = "sentence_transformers.models.Dense"
    last = [{"idx": i, "name": str(i), "path": p, "type": dense} for i, p in enumerate(HEAD_MODULES, start=2)]
    write_common(base, out, last, max_length=384)
    for folder, part in HEAD_MODULES.items():
        config = {
            "in_features": 384,
            "out_features": 384 if part == "dense" else 1,
            "bias": True,
            "activation_function": "torch.nn.modules." + ("activation.GELU" if part == "dense" else "linear.Identity"),
            "module_input_name": "sentence_embedding",
            "module_output_name": "sentence_embedding" if part == "dense" else "scores",
        }
        write_json(out / folder / "config.json", config)
        weights = {f"linear.{name}": state[f"{part}.{name}"] for name in ("weight", "bias")}
        save_half(out / folder / "model.safetensors", weights)
    about = {
        "__version__": {"sentence_transformers": "6.2.0", "transformers": "5.23.0", "pytorch": "2.13.0"},
        "model_type": "CrossEncoder",
        "prompts": {},
        "default_prompt_name": None,
        "activation_fn": "torch.nn.modules.activation.Sigmoid",
    }
    write_json(out / "config_sentence_transformers.json", about)
    save_half(out / "model.safetensors", bert_tensors(state))
    write_checksums(out)


def write_checksums(folder: Path) -> None:
    """List every file of a model folder with its SHA-256, and refuse a file that is too large to ship."""
    lines = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.name != CHECKSUMS):
        if path.stat().st_size >= LIMIT_BYTES:
            raise ValueError(f"{path.name} holds {path.stat().st_size} bytes; the limit is {LIMIT_BYTES}")
        lines.append(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n")
    (folder / CHECKSUMS).write_text("".join(lines), encoding="utf-8")


def main() -> None:
    """Package a model from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["encoder", "reranker", "checksums"])
    parser.add_argument("--base", type=Path, help="folder of all-MiniLM-L6-v2 (tokenizer and weights)")
    parser.add_argument("--checkpoint", type=Path, help="the trainer's checkpoint, for the reranker")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    if args.what == "encoder":
        package_encoder(args.base, args.out)
    elif args.what == "reranker":
        package_reranker(args.checkpoint, args.base, args.out)
    else:
        write_checksums(args.out)


if __name__ == "__main__":
    main()
