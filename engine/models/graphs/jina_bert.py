"""The encoder of Jina's first BERT as an ONNX graph, in place of the code that its checkpoints bring.

A BERT without learnt positions: attention to a token that is n away is lessened by n times a slope, in both directions
alike (ALiBi, Press et al. 2021, https://arxiv.org/abs/2108.12409; both ways, Günther et al. 2023,
https://arxiv.org/abs/2310.19923), and the feed-forward layers are gated (Shazeer 2020,
https://arxiv.org/abs/2002.05202). There are two forms, told apart by their tensors: that of
https://huggingface.co/jinaai/jina-bert-implementation, and that of
https://huggingface.co/jinaai/jina-bert-v2-qk-post-norm, which also normalises queries and keys, adds a layer's input
once more, and gates by the other half.
"""

from __future__ import annotations

import math

import numpy as np

from engine.models.checkpoints.checkpoint import Checkpoint, Config, torch_only
from engine.models.checkpoints.weights import Tensors, read_tensors, weight_files
from engine.models.graphs.bert import FeedForward, encode_biased
from engine.models.graphs.bert_weights import BertShape, bert_tensors
from engine.models.graphs.graph import ACTIVATIONS, FLOAT, Graph

_GATES = {"geglu": "gelu", "reglu": "relu"}
_PLAIN = "original"  # the feed-forward layer of BERT


def build_jina_bert(checkpoint: Checkpoint, graph: Graph) -> None:
    """See `build_graph`. Raises UnsupportedModel for options of the architecture that it does not cover."""
    config = checkpoint.config
    tensors = bert_tensors(config, read_tensors(weight_files(checkpoint.first.directory)))
    if problem := _problem(config, tensors):
        raise torch_only(checkpoint, problem)
    shape = BertShape(
        layers=config["num_hidden_layers"],
        heads=config["num_attention_heads"],
        activation=config.get("hidden_act", "gelu"),
        epsilon=config.get("layer_norm_eps", 1e-12),
        position_offset=None,
        positions=False,
    )
    bias = graph.add("Add", graph.attention_bias(), _distance_bias(graph, shape.heads))
    encode_biased(graph, shape, tensors, bias, _feed_forward(graph, shape, tensors, config))


def _problem(config: Config, tensors: Tensors) -> str | None:
    """Name the option that is not covered, of those that the published code has."""
    kind = config.get("feed_forward_type", _PLAIN)
    if config.get("position_embedding_type") != "alibi":
        return "is a JinaBERT without linear biases"
    if kind not in _GATES and kind != _PLAIN:
        return f"is a JinaBERT with feed-forward layers of the kind {kind}"
    if config.get("hidden_act", "gelu") not in ACTIVATIONS:
        return f"uses the activation {config['hidden_act']}"
    if _second_form(tensors) and kind == _PLAIN:
        return "is a JinaBERT with norms of queries and keys and without gates"
    return "is a decoder" if config.get("is_decoder") else None


def slopes(heads: int) -> list[float]:
    """Slope of each head: how much it lessens its scores for each token of distance.

    For a power of two a geometric series from 2 ** (-8 / heads); for other numbers that of the power below, and every
    other slope of the power above.
    """
    power = 2 ** math.floor(math.log2(heads))
    series = [2.0 ** (-8 * number / power) for number in range(1, power + 1)]
    return series if power == heads else series + slopes(2 * power)[::2][: heads - power]


def _distance_bias(graph: Graph, heads: int) -> str:
    """(heads, length, length), nowhere above 0."""
    distances = graph.add("Cast", graph.add("Abs", graph.distances()), to=FLOAT)
    steps = -np.asarray(slopes(heads), np.float32)[:, None, None]
    return graph.add("Mul", distances, graph.constant(steps, np.float32))


def _second_form(tensors: Tensors) -> bool:
    return "encoder.layer.0.attention.self.layer_norm_q.weight" in tensors


def _feed_forward(graph: Graph, shape: BertShape, tensors: Tensors, config: Config) -> FeedForward | None:
    """Feed-forward layer that follows attention; None for BERT's own."""
    kind = config.get("feed_forward_type", _PLAIN)
    if kind == _PLAIN:
        return None

    def norm(name: str, first: str, second: str) -> str:
        return graph.norm(name, tensors, graph.add("Add", first, second), shape.epsilon)

    def first_form(name: str, rows: str, _: str) -> str:
        gate, value = graph.split(graph.linear(f"{name}.mlp.gated_layers", tensors, rows, bias=False), 2)
        inner = graph.add("Mul", graph.activation(_GATES[kind], gate), value)
        return norm(f"{name}.mlp.layernorm", graph.linear(f"{name}.mlp.wo", tensors, inner), rows)

    def second_form(name: str, rows: str, before: str) -> str:
        rows = norm(f"{name}.layer_norm_1", rows, before)
        value, gate = graph.split(graph.linear(f"{name}.mlp.up_gated_layer", tensors, rows, bias=False), 2)
        inner = graph.add("Mul", graph.activation(_GATES[kind], gate), value)
        return norm(f"{name}.layer_norm_2", graph.linear(f"{name}.mlp.down_layer", tensors, inner), rows)

    return second_form if _second_form(tensors) else first_form
