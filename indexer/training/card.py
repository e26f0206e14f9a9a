"""The model card that a training writes: data with licences, recipe, seed, hardware, time, figures.

Front matter as on Hugging Face (https://huggingface.co/docs/hub/model-cards); `winnow: {trained_on: ...}` is what the
benchmark runner warns by when a model meets its own training data.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from typing import Any

import yaml

from engine.models import load_encoder
from indexer.training.examples import Material
from indexer.training.extra import device
from indexer.training.recipe import Recipe
from indexer.training.trainer import Fitted

_TASKS = {"reranker": "text-ranking", "encoder": "sentence-similarity", "static": "sentence-similarity"}


def make_card(recipe: Recipe, materials: Sequence[Material], fitted: Fitted) -> str:
    """The text of README.md."""
    trained_on = sorted({material.data.label for material in materials})
    front: dict[str, Any] = {
        "library_name": "sentence-transformers",
        "pipeline_tag": _TASKS[recipe.kind],
        **_languages(recipe),
        "winnow": {"trained_on": trained_on},
    }
    parts = [
        f"---\n{yaml.safe_dump(front, sort_keys=False)}---\n",
        f"# {recipe.name}\n",
        f"A {recipe.kind} trained by `winnow train {recipe.kind}` from `{_base(recipe)}`.\n",
        "## Data\n",
        _data_table(materials),
        "## Training\n",
        f"Loss `{fitted.loss}`, {fitted.rows:,} rows, {fitted.steps:,} steps, {fitted.seconds / 60:.1f} minutes, "
        f"seed {recipe.seed}, on {_hardware()}.\n",
        *_figures(fitted),
        "## Recipe\n",
        f"```yaml\n{_recipe(recipe)}```\n",
        *_citations(fitted),
        "`CHECKSUMS.sha256` lists every file.\n",
    ]
    return "\n".join(parts)


def _languages(recipe: Recipe) -> dict[str, list[str]]:
    """A static encoder knows the languages of its teacher."""
    known = load_encoder(recipe.regression.teacher).languages if recipe.regression else None
    return {"language": sorted(known)} if known else {}


def _base(recipe: Recipe) -> str:
    return recipe.regression.teacher if recipe.regression else recipe.base


def _data_table(materials: Sequence[Material]) -> str:
    rows = ["| source | kind | queries | passages | licence |", "|---|---|---|---|---|"]
    for material in materials:
        data, corpus = material.data, material.corpus
        queries = "-" if data.texts == "passages" else f"{len(corpus.queries):,}"
        passages = "-" if data.texts == "queries" else f"{len(corpus.passages) or len(corpus.groups):,}"
        counts = f"{queries} | {passages}"
        rows.append(f"| {data.label} | {data.kind} | {counts} | {data.licence} |")
    return "\n".join(rows) + "\n"


def _figures(fitted: Fitted) -> list[str]:
    if not fitted.figures:
        return []
    rows = [f"| {name} | {value:.4f} |" for name, value in sorted(fitted.figures.items())]
    return ["## Development figures\n", "\n".join(["| set | value |", "|---|---|", *rows]) + "\n"]


def _citations(fitted: Fitted) -> list[str]:
    return (
        ["## Citation\n", *(f"```bibtex\n{citation}\n```\n" for citation in fitted.citations)]
        if fitted.citations
        else []
    )


def _recipe(recipe: Recipe) -> str:
    """The recipe as YAML, less what is left at its default; of paths the last part alone, so that no machine shows."""
    content = json.loads(recipe.model_dump_json(exclude_defaults=True))
    for entry in (*content["data"], *content.get("evaluation", {}).get("sets", [])):
        entry["path"] = entry["path"].rpartition("/")[2]
    for part, key in (
        (content, "base"),
        (content.get("regression", {}), "teacher"),
        (content.get("loss", {}), "teacher"),
    ):
        if key in part:
            part[key] = part[key].rstrip("/").rpartition("/")[2]
    return yaml.safe_dump(content, sort_keys=False)


def _hardware() -> str:
    if device() == "cuda":
        import torch

        return str(torch.cuda.get_device_name())
    return f"{os.cpu_count()} cores ({platform.machine()}), no GPU"
