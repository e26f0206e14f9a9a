"""Facts from a model's card, in the front matter of its README.md: languages, licence, tags and data sets.

https://huggingface.co/docs/hub/model-cards#model-card-metadata
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # a tenth of the time, where PyYAML was built with libyaml


@dataclass(frozen=True, slots=True)
class Card:
    """`languages` are ISO 639-1 codes, None for all; `licence` is the hub's identifier, None where none is declared."""

    languages: frozenset[str] | None = None
    licence: str | None = None
    tags: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()


def read_card(card: Path) -> Card:
    """A card that cannot be read declares nothing: whether the model runs must not depend on its documentation."""
    try:
        _, header, _ = card.read_text("utf-8").split("---\n", 2)
        declared = yaml.load(header, _Loader)  # noqa: S506
    except (OSError, ValueError, yaml.YAMLError):
        return Card()
    if not isinstance(declared, dict):
        return Card()
    licence = declared.get("license")
    return Card(
        _languages(declared.get("language")),
        licence if isinstance(licence, str) else None,
        _listed(declared.get("tags")),
        _listed(declared.get("datasets")),
    )


def _listed(declared: Any) -> tuple[str, ...]:
    return tuple(map(str, declared)) if isinstance(declared, list) else ()


def _languages(declared: Any) -> frozenset[str] | None:
    named = [declared] if isinstance(declared, str) else declared if isinstance(declared, list) else []
    # YAML 1.1 reads Norwegian's code as a boolean
    codes = {"no" if code is False else str(code).lower().partition("-")[0] for code in named}
    return None if not codes or codes & {"multilingual", "mul"} else frozenset(codes)
