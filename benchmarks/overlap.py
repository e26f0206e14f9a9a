"""Was a model trained on what it is measured on? Its model card says so, if it says anything.

Read from the YAML front matter of README.md: `datasets` (a list of Hugging Face ids) and `winnow: {trained_on: [...]}`.
https://huggingface.co/docs/hub/model-cards
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from engine.errors import ParseFailed
from indexer.evaluation.datasets.named import collection_key


def training_data(model: Path) -> list[str] | None:
    """Training data that the card in a model's directory names, or None if there is no card or it names nothing.
    ParseFailed.
    """
    card = model / "README.md"
    if not card.is_file():
        return None
    front = _front_matter(card)
    named = [*_list(front.get("datasets")), *_list(_mapping(front.get("winnow")).get("trained_on"))]
    return sorted(set(named)) or None


def overlap_warnings(dataset: str, models: Mapping[str, tuple[str, list[str] | None]]) -> list[str]:
    """A sentence for each model that was trained on the data set. `models`: role -> (name, training data)."""
    key = collection_key(dataset)
    return [
        f"The {role} {name} was trained on this collection's train split (its card names {', '.join(hits)})."
        for role, (name, named) in models.items()
        if (hits := [data for data in named or () if collection_key(data) == key])
    ]


def _front_matter(card: Path) -> Mapping[str, Any]:
    text = card.read_text(encoding="utf-8")
    if not text.startswith("---\n"):
        return {}
    try:
        return _mapping(yaml.safe_load(text[4:].partition("\n---")[0]))
    except yaml.YAMLError as error:
        raise ParseFailed(f"{card} has no valid YAML front matter.", "Correct the model card.") from error


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[str]:
    if isinstance(value, list):
        return [str(item) for item in value]
    return [str(value)] if value else []
