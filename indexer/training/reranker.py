"""`winnow train reranker`: a cross-encoder, from an encoder with a new head or from another cross-encoder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.models.locate import locate
from indexer.training.examples import Material
from indexer.training.extra import device
from indexer.training.recipe import Recipe
from indexer.training.trainer import Fitted, fit


def train_reranker(recipe: Recipe, materials: Sequence[Material], out: Path, resume: bool) -> tuple[Any, Fitted]:
    """The trained CrossEncoder, and what was done."""
    import torch

    torch.manual_seed(recipe.seed)  # the head's first weights
    model = make_reranker(recipe)
    return model, fit(model, recipe, materials, out, resume)


def make_reranker(recipe: Recipe) -> Any:
    """The untrained model. No dropout inside the transformer: it halves the speed of a CPU."""
    from sentence_transformers.cross_encoder import CrossEncoder

    base = locate(recipe.base, "encoder")
    quiet = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    if _has_head(base):
        model = CrossEncoder(str(base), device=device(), config_kwargs=quiet)
    else:
        model = CrossEncoder(modules=_with_head(base), device=device())
    if recipe.layers is not None:
        _keep_layers(model[0].auto_model, recipe.layers)
    return model


def _with_head(base: Path) -> list[Any]:
    """Transformer, mean over all tokens of the pair, Dense with GELU that starts as the identity, score.

    Not [CLS]: an encoder with mean pooling never trained that token.
    """
    import torch
    from sentence_transformers.base.modules import Dense, Transformer
    from sentence_transformers.sentence_transformer.modules import Pooling

    transformer = Transformer(str(base), config_args={"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0})
    width = transformer.get_embedding_dimension()
    hidden = Dense(width, width, activation_function=torch.nn.GELU())
    score = Dense(width, 1, activation_function=torch.nn.Identity(), module_output_name="scores")
    with torch.no_grad():
        torch.nn.init.eye_(hidden.linear.weight)
        torch.nn.init.zeros_(hidden.linear.bias)
        torch.nn.init.normal_(score.linear.weight, std=0.02)
        torch.nn.init.zeros_(score.linear.bias)
    return [transformer, Pooling(width, "mean"), hidden, score]


def _keep_layers(transformer: Any, count: int) -> None:
    """The first `count` layers of a BERT-like model: a student for the first step of a cascade."""
    transformer.encoder.layer = transformer.encoder.layer[:count]
    transformer.config.num_hidden_layers = len(transformer.encoder.layer)


def _has_head(base: Path) -> bool:
    about = base / "config_sentence_transformers.json"
    if about.is_file() and json.loads(about.read_text("utf-8")).get("model_type") == "CrossEncoder":
        return True
    names = json.loads((base / "config.json").read_text("utf-8")).get("architectures") or []
    return any(str(name).endswith("ForSequenceClassification") for name in names)
