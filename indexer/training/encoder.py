"""`winnow train encoder`: a bi-encoder trained further, and turned so that its sign bits say more."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.errors import InvalidRecipe
from indexer.training.corpus import unlabelled
from indexer.training.examples import Material
from indexer.training.recipe import Recipe
from indexer.training.rotation import learn_rotation
from indexer.training.teacher import embed, load_teacher
from indexer.training.trainer import Fitted, fit


def train_encoder(recipe: Recipe, materials: Sequence[Material], out: Path, resume: bool) -> tuple[Any, Fitted]:
    """The trained SentenceTransformer, and what was done."""
    model = load_teacher(recipe.base)
    if recipe.projection is not None:
        model = _rotated(model, recipe, materials, out)
    return model, fit(model, recipe, materials, out, resume)


def _rotated(model: Any, recipe: Recipe, materials: Sequence[Material], out: Path) -> Any:
    """The model with a Dense module before the normalisation: a rotation, fitted to the embeddings of the training
    texts.
    """
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules as parts

    width = model.get_embedding_dimension()
    wanted = recipe.projection.dimension if recipe.projection else width
    if wanted < width:
        raise InvalidRecipe(f"projection.dimension: must be at least the encoder's {width}, not {wanted}.")
    plan = recipe.schedule
    texts = unlabelled([material.corpus for material in materials])
    vectors = embed(recipe.base, texts, out / "cache", max_length=plan.max_length if plan else None)
    rotation = learn_rotation(vectors, wanted, recipe.seed)
    dense = parts.Dense(width, wanted, bias=False, activation_function=torch.nn.Identity())
    with torch.no_grad():
        dense.linear.weight.copy_(torch.from_numpy(rotation.T))
    kept = [module for module in model if not isinstance(module, parts.Normalize)]
    made = SentenceTransformer(modules=[*kept, dense, parts.Normalize()], device=str(model.device))
    made.prompts = dict(model.prompts)
    return made
