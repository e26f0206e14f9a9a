"""Writes a copy of a model: in Winnow's packaged form (half-precision safetensors, checksums), or as an ONNX graph."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from engine.errors import UnsupportedModel, UsageError
from engine.models.checkpoints.checkpoint import kind_of, read_checkpoint
from engine.models.checkpoints.locate import PATTERNS
from engine.models.checkpoints.packed import sizes
from engine.models.checkpoints.weights import INDEX, read_tensors
from engine.models.graphs.architectures import build_graph
from engine.models.graphs.graph import to_model
from engine.models.rerankers.heads import add_classifier

Format = Literal["safetensors", "onnx"]

CHECKSUMS = "CHECKSUMS.sha256"
ONNX_FILE = "onnx/model.onnx"  # where sentence-transformers looks for it
_LARGEST = 2**31 - 1  # bytes of one protobuf message
_LARGEST_HALF = 65504.0


def export(model: Path, out: Path, format: Format) -> None:
    """Copy the model directory to `out`, which must be empty or missing.

    `onnx` puts the graph that the light runtimes run beside the rest, in place of the transformer's safetensors: from
    input_ids, attention_mask and token_type_ids to last_hidden_state, which the remaining modules pool, or to a
    classification head's logits. Raises UnsupportedModel where there is no such graph.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out} exists and is not an empty folder.", "Give another folder.")
    graph = _onnx(model) if format == "onnx" else None
    _copy(model, out)
    if graph is None:
        for weights in out.rglob("*.safetensors"):
            halve(weights)
        write_index(out)
    else:
        for weights in out.glob("*.safetensors"):
            weights.unlink()
        (out / INDEX).unlink(missing_ok=True)
        (out / ONNX_FILE).parent.mkdir()
        (out / ONNX_FILE).write_bytes(graph)
    write_checksums(out)


def halve(file: Path, drop: str | None = None) -> None:
    """Store a safetensors file's numbers as fp16, less the tensors whose names begin with `drop`.

    A tensor that fp16 cannot hold stays float32, and a packed one is unpacked. config.json keeps asking for float32:
    that is what loaders compute in, and it is the faster on a CPU.
    """
    from safetensors.numpy import save_file

    tensors = read_tensors([file])
    kept = {name: _half(tensors[name]) for name in sizes(tensors) if drop is None or not name.startswith(drop)}
    fresh = file.with_suffix(".new")  # the tensors are views of the file
    save_file(kept, fresh, metadata={"format": "pt"})
    fresh.replace(file)
    file.chmod(0o644)


def _half(tensor: NDArray[Any]) -> NDArray[Any]:
    fits = tensor.dtype.kind == "f" and (tensor.size == 0 or np.abs(tensor).max() <= _LARGEST_HALF)
    return np.ascontiguousarray(tensor, dtype=np.float16 if fits else tensor.dtype)


def write_index(folder: Path) -> None:
    """Say which of several safetensors files has each tensor; nothing where there is one."""
    files = sorted(folder.glob("*.safetensors"))
    if len(files) > 1:
        names = {name: file.name for file in files for name in read_tensors([file])}
        size = sum(file.stat().st_size for file in files)
        text = json.dumps({"metadata": {"total_size": size}, "weight_map": names}, indent=2)
        (folder / INDEX).write_text(text + "\n", encoding="utf-8")


def write_checksums(folder: Path) -> None:
    """List every file of a model folder with its SHA-256."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != CHECKSUMS)
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n" for path in files
    ]
    (folder / CHECKSUMS).write_text("".join(lines), encoding="utf-8")


def _copy(model: Path, out: Path) -> None:
    """The files that Winnow reads, links followed."""
    for path in sorted({path for pattern in PATTERNS for path in model.rglob(pattern)}):
        target = out / path.relative_to(model)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def _onnx(model: Path) -> bytes:
    checkpoint = read_checkpoint(model)
    if checkpoint.first.type != "Transformer":
        raise UnsupportedModel(f"{model} has no transformer.", "Export it as safetensors.")
    graph = build_graph(checkpoint)
    if sum(tensor.nbytes for tensor in graph.tensors.values()) > _LARGEST:
        raise UnsupportedModel(f"{model} is too large for one ONNX file (2 GB).", "Export it as safetensors.")
    if len(checkpoint.modules) == 1 and kind_of(checkpoint) == "reranker":
        add_classifier(graph, checkpoint)
    data: bytes = to_model(graph, embed=True).SerializeToString()
    return data
