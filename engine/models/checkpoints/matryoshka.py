"""Shorter dimensions that a model was trained for (Matryoshka representations, https://arxiv.org/abs/2205.13147).

A model says so in one of three places: `matryoshka` of its object `winnow` (what `winnow train` writes),
`matryoshka_dimensions` or `is_matryoshka` of its config.json, or its card, where sentence-transformers tags the loss
and prints the dimensions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.errors import UnsupportedModel
from engine.models.checkpoints.card import read_card
from engine.models.checkpoints.checkpoint import module_entries, read_json
from engine.models.checkpoints.declared import FILE, declarations

KEY = "matryoshka"
_PRINTED = re.compile(r'"matryoshka_dims":\s*(\[[\d\s,]*\])')


def shorter_dimensions(root: Path, full: int) -> Sequence[int]:
    """The dimensions below `full` that the model of a directory may be cut to, in order; none where it declares none.

    A model that declares no more than that it may be cut may be cut anywhere.
    """
    found = _declared(root)
    if found is True:
        return range(1, full)
    return sorted({dimension for dimension in found or () if 0 < dimension < full})


def _declared(root: Path) -> Sequence[int] | bool:
    own = declarations(read_json(root / FILE), root).get(KEY)
    if own is not None:
        return _numbers(own, root / FILE)
    for config in (read_json(root / "config.json"), read_json(_first(root) / "config.json")):
        if config.get("matryoshka_dimensions"):
            return _numbers(config["matryoshka_dimensions"], root / "config.json")
        if config.get("is_matryoshka") is True:
            return True
    return _by_card(root / "README.md")


def _first(root: Path) -> Path:
    """The directory of the module that reads text."""
    entries = module_entries(root) if (root / "modules.json").is_file() else []
    return root / str(entries[0]["path"]) if entries else root


def _numbers(value: Any, file: Path) -> list[int]:
    if not isinstance(value, list) or not all(isinstance(item, int) for item in value):
        raise UnsupportedModel(f"{file} has Matryoshka dimensions that are no list of numbers.", "Correct the file.")
    return value


def _by_card(card: Path) -> Sequence[int] | bool:
    tags = {tag.lower() for tag in read_card(card).tags}
    if not tags & {"loss:matryoshkaloss", "loss:matryoshka2dloss", "matryoshka"}:
        return ()
    printed = _PRINTED.search(card.read_text("utf-8"))
    return json.loads(printed[1]) if printed else True
