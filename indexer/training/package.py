"""Packaging: the layout of sentence-transformers with half-precision weights, a card and checksums."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.errors import UsageError
from engine.models.declared import FILE, KEY

CHECKSUMS = "CHECKSUMS.sha256"
CARD = "README.md"


def package(model: Any, folder: Path, card: str, declared: Mapping[str, Any]) -> None:
    """Write a trained model into `folder`, replacing what it holds. For `declared` see engine/models/declared.py."""
    if folder.exists():
        if any(folder.iterdir()) and not (folder / CHECKSUMS).is_file():
            raise UsageError(f"{folder} holds something else than a packaged model.", "Give another --out.")
        shutil.rmtree(folder)
    model.save_pretrained(str(folder), create_model_card=False)
    for weights in folder.rglob("*.safetensors"):
        halve(weights)
    if declared:
        config = json.loads((folder / FILE).read_text("utf-8"))
        (folder / FILE).write_text(json.dumps({**config, KEY: dict(declared)}, indent=2) + "\n", encoding="utf-8")
    (folder / CARD).write_text(card, encoding="utf-8")
    write_checksums(folder)


def halve(path: Path) -> None:
    """Store a file's tensors as fp16, less the pooler that a model with mean pooling never uses.

    config.json keeps asking for float32: that is what loaders compute in, and it is the faster on a CPU.
    """
    import torch
    from safetensors.torch import load_file, save_file

    kept = {name: tensor for name, tensor in load_file(str(path)).items() if not name.startswith("pooler.")}
    half = {name: t.to(torch.float16).contiguous() if t.is_floating_point() else t for name, t in kept.items()}
    save_file(half, str(path), metadata={"format": "pt"})
    path.chmod(0o644)


def write_checksums(folder: Path) -> None:
    """List every file of a model folder with its SHA-256."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != CHECKSUMS)
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n" for path in files
    ]
    (folder / CHECKSUMS).write_text("".join(lines), encoding="utf-8")
