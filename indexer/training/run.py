"""A training from its recipe to a packaged model."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.models import load_encoder
from engine.models.checkpoints.checkpoint import read_checkpoint
from engine.models.checkpoints.declared import declarations
from engine.models.checkpoints.locate import locate
from indexer.training.card import make_card
from indexer.training.examples import Material, read_materials
from indexer.training.extra import require_extra
from indexer.training.package import package
from indexer.training.recipe import Kind, Recipe, read_recipe
from indexer.training.trainer import Fitted, pick_loss

Trainer = Callable[[Recipe, Sequence[Material], Path, bool], tuple[Any, Fitted]]


@dataclass(frozen=True, slots=True)
class Trained:
    """Where the packaged model lies, and what was done."""

    model: Path
    kind: Kind
    fitted: Fitted

    def to_json(self) -> dict[str, Any]:
        fitted = {name: getattr(self.fitted, name) for name in ("loss", "rows", "steps", "seconds")}
        return {"model": str(self.model), "kind": self.kind, **fitted, "figures": dict(self.fitted.figures)}


def train(kind: Kind, path: Path, out: Path | None = None, *, resume: bool = False) -> Trained:
    """Train what the recipe in `path` says, into `out`: checkpoints, cache, and `model`, the packaged directory.

    Raises DependencyMissing without the extra `train`, InvalidRecipe, and what reading the sources raises.
    """
    require_extra()
    recipe = read_recipe(path, kind)
    begun = time.monotonic()
    place = out or Path(recipe.name)
    materials = read_materials(recipe)
    if recipe.schedule is not None:
        pick_loss(recipe, materials)  # a wrong pairing is told before hours are spent
    model, fitted = _trainers()[kind](recipe, materials, place, resume)
    fitted = replace(fitted, seconds=time.monotonic() - begun)
    package(model, place / "model", make_card(recipe, materials, fitted), _declared(recipe))
    return Trained(place / "model", kind, fitted)


def _declared(recipe: Recipe) -> dict[str, Any]:
    """A static encoder wants texts of its teacher's length, so that either can embed the other's chunks."""
    declared: dict[str, Any] = {"recipe": recipe.serving} if recipe.serving else {}
    if recipe.loss.matryoshka:
        declared["matryoshka"] = list(recipe.loss.matryoshka)
    if recipe.regression is not None:
        declared["max_tokens"] = load_encoder(recipe.regression.teacher).max_tokens
    if recipe.base_is == "reranker":  # whose scores go on meaning what they meant, made in the same way
        base = read_checkpoint(locate(recipe.base, "reranker"))
        said = declarations(base.extra, base.root)
        declared |= {name: said[name] for name in ("precision", "tokens", "logit") if name in said}
    return declared


def _trainers() -> Mapping[Kind, Trainer]:
    from indexer.training.encoder import train_encoder
    from indexer.training.reranker import train_reranker
    from indexer.training.static import train_static

    return {"encoder": train_encoder, "reranker": train_reranker, "static": train_static}
