"""The weights of the BERT family under one set of names, whatever each member calls them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.models.checkpoints.checkpoint import Checkpoint, torch_only
from engine.models.checkpoints.weights import Tensors
from engine.models.graphs.graph import ACTIVATIONS


@dataclass(frozen=True, slots=True)
class BertShape:
    """Facts that the weights do not say. `position_offset` is None where positions count from 0 in order; without
    `positions` none are learnt.
    """

    layers: int
    heads: int
    activation: str
    epsilon: float
    position_offset: int | None
    positions: bool = True


# model_type -> prefix of its encoder's tensors in a checkpoint with a head
_PREFIXES = {
    "bert": "bert.",
    "roberta": "roberta.",
    "xlm-roberta": "roberta.",
    "camembert": "roberta.",
    "distilbert": "distilbert.",
    "electra": "electra.",
    "mpnet": "mpnet.",
}

# DistilBERT's names -> BERT's
_DISTILBERT = (
    (r"^transformer\.layer\.", "encoder.layer."),
    (r"\.attention\.q_lin\.", ".attention.self.query."),
    (r"\.attention\.k_lin\.", ".attention.self.key."),
    (r"\.attention\.v_lin\.", ".attention.self.value."),
    (r"\.attention\.out_lin\.", ".attention.output.dense."),
    (r"\.sa_layer_norm\.", ".attention.output.LayerNorm."),
    (r"\.ffn\.lin1\.", ".intermediate.dense."),
    (r"\.ffn\.lin2\.", ".output.dense."),
    (r"\.output_layer_norm\.", ".output.LayerNorm."),
)
# MPNet's names -> BERT's
_MPNET = (
    (r"\.attention\.attn\.q\.", ".attention.self.query."),
    (r"\.attention\.attn\.k\.", ".attention.self.key."),
    (r"\.attention\.attn\.v\.", ".attention.self.value."),
    (r"\.attention\.attn\.o\.", ".attention.output.dense."),
    (r"\.attention\.LayerNorm\.", ".attention.output.LayerNorm."),
)
_RENAMED = {"distilbert": _DISTILBERT, "mpnet": _MPNET}
# TensorFlow's names of a layer norm's parameters, still found in old checkpoints
_LEGACY = ((r"\.gamma$", ".weight"), (r"\.beta$", ".bias"))


def bert_shape(checkpoint: Checkpoint) -> BertShape:
    """Shape of the network. Raises UnsupportedModel for an activation or position scheme that the graph does
    not cover.
    """
    config = checkpoint.config
    family = config.get("model_type")
    distil = family == "distilbert"
    activation = config.get("activation" if distil else "hidden_act", "gelu")
    if activation not in ACTIVATIONS:
        raise torch_only(checkpoint, f"uses the activation {activation}")
    if config.get("position_embedding_type", "absolute") != "absolute":
        raise torch_only(checkpoint, f"uses {config['position_embedding_type']} positions")
    if config.get("is_decoder"):
        raise torch_only(checkpoint, "is a decoder")
    return BertShape(
        layers=config["n_layers" if distil else "num_hidden_layers"],
        heads=config["n_heads" if distil else "num_attention_heads"],
        activation=activation,
        epsilon=config.get("layer_norm_eps", 1e-12),
        position_offset=checkpoint.position_offset,
    )


def bert_tensors(config: Mapping[str, Any], tensors: Tensors) -> Tensors:
    """The encoder's tensors under BERT's names, the prefix of a checkpoint with a head removed."""
    prefix = _PREFIXES[config["model_type"]]
    rules = _LEGACY + _RENAMED.get(config["model_type"], ())
    renamed = Tensors()
    for name, tensor in tensors.items():
        name = name.removeprefix(prefix)
        for pattern, replacement in rules:
            name = re.sub(pattern, replacement, name)
        renamed[name] = tensor
    return renamed
