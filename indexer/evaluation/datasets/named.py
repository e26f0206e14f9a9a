"""Public data sets by name (names.yaml), fetched from the Hugging Face hub into its cache."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from engine.errors import SourceNotFound

_PATTERNS = ["corpus*", "queries*", "qrels/*", "default/*", "data/*"]
_SPLITS = ("train", "dev", "test", "validation")


@dataclass(frozen=True, slots=True)
class NamedDataset:
    """`splits` maps a split's usual name to the one that the hub's files bear; `also` are names in model cards."""

    name: str
    hub: str
    splits: Mapping[str, str]
    also: tuple[str, ...]


@lru_cache(maxsize=1)
def named_datasets() -> Mapping[str, NamedDataset]:
    """Every data set that names.yaml lists."""
    table: dict[str, dict[str, Any]] = yaml.safe_load(
        files("indexer.evaluation.datasets").joinpath("names.yaml").read_text()
    )
    return {
        name: NamedDataset(name, entry["hub"], entry.get("splits", {}), tuple(entry.get("also", ())))
        for name, entry in table.items()
    }


def download(dataset: NamedDataset) -> Path:
    """The folder with the data set's files. SourceNotFound if neither the hub nor its local cache has them."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled

    try:
        return Path(snapshot_download(dataset.hub, repo_type="dataset", allow_patterns=_PATTERNS))
    except (LocalEntryNotFoundError, OfflineModeIsEnabled, HfHubHTTPError, OSError) as error:
        raise SourceNotFound(
            f"The data set {dataset.name} ({dataset.hub}) cannot be fetched from the Hugging Face hub.",
            "Go online once to download it, or give a local directory in BEIR's layout instead of the name.",
        ) from error


def collection_key(name: str) -> str:
    """The key that the spellings of one collection share: BeIR/scifact, mteb/SciFact, NanoSciFact, scifact/train."""
    parts = [part for part in re.split(r"[/:]", name.strip().lower()) if part]
    if len(parts) > 1 and parts[-1] in _SPLITS:
        parts.pop()
    key = re.sub(r"[^a-z0-9]", "", re.sub(r"[-_](qrels|train|dev|test)$", "", parts[-1])) if parts else ""
    return _spellings().get(key, key)


@lru_cache(maxsize=1)
def _spellings() -> Mapping[str, str]:
    """Key of each known spelling -> key of the collection; NanoBEIR's samples count as their collections."""
    known = {}
    for dataset in named_datasets().values():
        own = re.sub(r"[^a-z0-9]", "", dataset.name).removeprefix("nano")
        for spelling in (dataset.name, dataset.hub.split("/")[-1], *dataset.also):
            known[re.sub(r"[^a-z0-9]", "", spelling.lower())] = own
    return known
