"""`winnow train reranker`: a cross-encoder, from an encoder with a new head or from another cross-encoder; or, by the
loss `late-interaction`, an encoder's token vectors.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.errors import InvalidRecipe
from engine.models.checkpoints.locate import locate_weights
from indexer.training.examples import Material
from indexer.training.extra import device
from indexer.training.groups import labels_to_serve
from indexer.training.recipe import CROSS_ENTROPY, LATE_INTERACTION, Recipe
from indexer.training.trainer import Fitted, fit, pick_loss

_QUIET = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
# On a CPU the backward pass of PyTorch's fused attention takes twice as long as that of the plain one.
_PLAIN = {"attn_implementation": "eager"}


def train_reranker(recipe: Recipe, materials: Sequence[Material], out: Path, resume: bool) -> tuple[Any, Fitted]:
    """The trained model of sentence-transformers, and what was done."""
    import torch

    torch.manual_seed(recipe.seed)  # the head's first weights
    loss = pick_loss(recipe, materials)[0] if recipe.schedule else ""
    model = make_reranker(recipe, labels_to_serve(materials) if loss == CROSS_ENTROPY else ())
    return model, fit(model, recipe, materials, out, resume)


def make_reranker(recipe: Recipe, labels: Sequence[str] = ()) -> Any:
    """The untrained model, with one score or with one for each of `labels`. No dropout inside the transformer: it
    halves the speed of a CPU.
    """
    base = locate_weights(recipe.base, recipe.base_is)
    model = _late_interaction(base) if recipe.loss.name == LATE_INTERACTION else _cross_encoder(base, labels)
    if recipe.layers is not None:
        _keep_layers(model[0].auto_model, recipe.layers)
    if recipe.schedule is not None and recipe.schedule.frozen is not None:
        _freeze(model[0].auto_model, recipe.schedule.frozen)
    return model


def _cross_encoder(base: Path, labels: Sequence[str]) -> Any:
    from sentence_transformers.cross_encoder import CrossEncoder

    names = {"id2label": dict(enumerate(labels)), "label2id": {label: n for n, label in enumerate(labels)}}
    if not _is_a(base, "CrossEncoder", "ForSequenceClassification"):
        modules = _with_head(base, len(labels) or 1)
        if labels:
            modules[0].auto_model.config.update(names)
        return CrossEncoder(modules=modules, device=device())
    model = CrossEncoder(str(base), device=device(), config_kwargs=_QUIET, model_kwargs=_PLAIN)
    known = [str(name) for name in model.config.id2label.values()]
    if labels and known != list(labels):  # whose order is the one that the head has learnt
        raise InvalidRecipe(
            f"base: {base.name} has the labels {', '.join(known)}, in this order, and the data {', '.join(labels)}.",
            "Give the classes the names of the labels, or begin with an encoder.",
        )
    return model


def _late_interaction(base: Path) -> Any:
    """An encoder's transformer, whose token vectors are compared at unit length."""
    from sentence_transformers import MultiVectorEncoder
    from sentence_transformers.base.modules import Normalize, Transformer
    from sentence_transformers.multi_vector_encoder.modules import MultiVectorMask

    if _is_a(base, "MultiVectorEncoder", "ForRetrieval"):
        return MultiVectorEncoder(str(base), device=device(), config_kwargs=_QUIET, model_kwargs=_PLAIN)
    modules = [
        Transformer(str(base), config_kwargs=_QUIET, model_kwargs=_PLAIN),
        Normalize(module_input_name="token_embeddings"),
        MultiVectorMask(),
    ]
    return MultiVectorEncoder(modules=modules, device=device(), similarity_fn_name="meanmaxsim")


def _with_head(base: Path, scores: int) -> list[Any]:
    """Transformer, mean over all tokens of the pair, Dense with GELU that starts as the identity, scores.

    Not [CLS]: an encoder with mean pooling never trained that token.
    """
    import torch
    from sentence_transformers.base.modules import Dense, Transformer
    from sentence_transformers.sentence_transformer.modules import Pooling

    transformer = Transformer(str(base), config_kwargs=_QUIET, model_kwargs=_PLAIN)
    width = transformer.get_embedding_dimension()
    hidden = Dense(width, width, activation_function=torch.nn.GELU())
    score = Dense(width, scores, activation_function=torch.nn.Identity(), module_output_name="scores")
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


def _freeze(transformer: Any, layers: int) -> None:
    """The embeddings and the first layers of a BERT-like model keep what they learnt from far more text."""
    for part in (transformer.embeddings, *transformer.encoder.layer[:layers]):
        part.requires_grad_(False)


def _is_a(base: Path, kind: str, architecture: str) -> bool:
    about = base / "config_sentence_transformers.json"
    if about.is_file() and json.loads(about.read_text("utf-8")).get("model_type") == kind:
        return True
    names = json.loads((base / "config.json").read_text("utf-8")).get("architectures") or []
    return any(str(name).endswith(architecture) for name in names)
