"""Packaging: the layout of sentence-transformers with half-precision weights, a card and checksums."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.errors import UsageError
from engine.models.checkpoints.declared import FILE, KEY
from engine.models.export import CHECKSUMS, halve, write_checksums

CARD = "README.md"


def package(model: Any, folder: Path, card: str, declared: Mapping[str, Any]) -> None:
    """Write a trained model into `folder`, replacing what it holds. For `declared` see declared.py."""
    if folder.exists():
        if any(folder.iterdir()) and not (folder / CHECKSUMS).is_file():
            raise UsageError(f"{folder} holds something else than a packaged model.", "Give another --out.")
        shutil.rmtree(folder)
    model.save_pretrained(str(folder), create_model_card=False)
    for weights in folder.rglob("*.safetensors"):
        halve(weights, drop="pooler.")  # which a model with mean pooling never uses
    if declared:
        config = json.loads((folder / FILE).read_text("utf-8"))
        (folder / FILE).write_text(json.dumps({**config, KEY: dict(declared)}, indent=2) + "\n", encoding="utf-8")
    (folder / CARD).write_text(card, encoding="utf-8")
    write_checksums(folder)
