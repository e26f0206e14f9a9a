"""Packaging: the layout of sentence-transformers with half-precision weights, a card and checksums."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from engine.errors import UsageError
from engine.models.export import CHECKSUMS, halve, write_checksums

CARD = "README.md"


def package(model: Any, folder: Path, card: str) -> None:
    """Write a trained model into `folder`, replacing what it holds."""
    if folder.exists():
        if any(folder.iterdir()) and not (folder / CHECKSUMS).is_file():
            raise UsageError(f"{folder} holds something else than a packaged model.", "Give another --out.")
        shutil.rmtree(folder)
    model.save_pretrained(str(folder), create_model_card=False)
    for weights in folder.rglob("*.safetensors"):
        halve(weights, drop="pooler.")  # which a model with mean pooling never uses
    (folder / CARD).write_text(card, encoding="utf-8")
    write_checksums(folder)
