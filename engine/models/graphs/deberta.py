"""The encoder of DeBERTa v2 and v3 as an ONNX graph, built from safetensors without torch.

A BERT whose attention also looks at how far apart two tokens are: content to position and position to content, with
distances in logarithmic buckets (He et al. 2020, https://arxiv.org/abs/2006.03654).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.models.checkpoints.checkpoint import Checkpoint, Config, torch_only
from engine.models.checkpoints.weights import Tensors, read_tensors, weight_files
from engine.models.graphs.bert import encode, head_shape
from engine.models.graphs.bert_weights import BertShape
from engine.models.graphs.graph import ACTIVATIONS, Graph


def build_deberta(checkpoint: Checkpoint, graph: Graph) -> None:
    """See `build_graph`. Raises UnsupportedModel for options of the architecture that it does not cover."""
    config = checkpoint.config
    if problem := _problem(config):
        raise torch_only(checkpoint, problem)
    tensors = read_tensors(weight_files(checkpoint.first.directory))
    tensors = Tensors({name.removeprefix("deberta."): tensor for name, tensor in tensors.items()})
    epsilon = config.get("layer_norm_eps", 1e-7)
    shape = BertShape(
        layers=config["num_hidden_layers"],
        heads=config["num_attention_heads"],
        activation=config.get("hidden_act", "gelu"),
        epsilon=epsilon,
        position_offset=None,
    )
    attention = _Disentangled(graph, shape, tensors, config)
    words = graph.rows("embeddings.word_embeddings.weight", tensors, "input_ids")
    hidden = graph.norm("embeddings.LayerNorm", tensors, words, epsilon)
    hidden = graph.add("Reshape", hidden, graph.constant([-1, config["hidden_size"]]))
    encode(graph, shape, tensors, hidden, attention)


def _problem(config: Config) -> str | None:
    """The form in which DeBERTa v3 and its descendants were published is the one that is covered."""
    kinds = config.get("pos_att_type") or []
    kinds = kinds.split("|") if isinstance(kinds, str) else kinds
    if config.get("hidden_act", "gelu") not in ACTIVATIONS:
        return f"uses the activation {config['hidden_act']}"
    if not config.get("relative_attention") or set(kinds) != {"c2p", "p2c"} or not config.get("share_att_key"):
        return "is a DeBERTa of another form of attention than v3's"
    if config.get("position_biased_input", True) or config.get("type_vocab_size"):
        return "is a DeBERTa with absolute positions or token types"
    if config.get("conv_kernel_size") or config.get("embedding_size", config["hidden_size"]) != config["hidden_size"]:
        return "is a DeBERTa with a convolution or a projection of its embeddings"
    return None


class _Disentangled:
    """softmax((Q K' + Q Kr' + Qr K') / sqrt(3 d) + mask) V, where Kr and Qr are made from embeddings of distances."""

    def __init__(self, graph: Graph, shape: BertShape, tensors: Tensors, config: Config) -> None:
        self._graph, self._tensors = graph, tensors
        self._width = config["hidden_size"]
        size = self._width // shape.heads
        self._heads = head_shape(graph, shape.heads, self._width)
        self._distance_heads = graph.constant([1, -1, shape.heads, size])
        self._scale = graph.constant((3 * size) ** -0.5, np.float32)
        self._mask = graph.attention_bias()
        table = _rows_of_distances(config)
        nearest = graph.constant(len(table) // 2)
        places = graph.add("Gather", graph.constant(table), graph.add("Add", graph.distances(), nearest), axis=0)
        self._places = graph.add("Unsqueeze", places, graph.constant([0, 1]))
        name = "encoder.rel_embeddings.weight"
        self._distances = graph.weight(name, tensors)
        if "layer_norm" in config.get("norm_rel_ebd", "none"):
            self._distances = graph.norm("encoder.LayerNorm", tensors, self._distances, shape.epsilon)

    def __call__(self, name: str, hidden: str) -> str:
        graph = self._graph
        query, far_query = self._project(f"{name}.self.query_proj", hidden)
        key, far_key = self._project(f"{name}.self.key_proj", hidden)
        value = graph.split_heads(graph.linear(f"{name}.self.value_proj", self._tensors, hidden), self._heads)
        scores = graph.add("MatMul", query, self._turned(key))
        content = self._pick(graph.add("MatMul", query, self._turned(far_key)), self._places)
        # of a key's row, what the queries before and after it look up: the distances with queries and keys exchanged
        position = self._pick(graph.add("MatMul", key, self._turned(far_query)), self._turned(self._places))
        scores = graph.add("Add", graph.add("Add", scores, content), self._turned(position))
        scores = graph.add("Add", graph.add("Mul", scores, self._scale), self._mask)
        return graph.attend(scores, value, self._width)

    def _project(self, name: str, hidden: str) -> tuple[str, str]:
        """Projections of the tokens (batch, heads, length, d), and of the distances (1, heads, distances, d)."""
        graph = self._graph
        own = graph.split_heads(graph.linear(name, self._tensors, hidden), self._heads)
        return own, graph.split_heads(graph.linear(name, self._tensors, self._distances), self._distance_heads)

    def _turned(self, matrix: str) -> str:
        return self._graph.add("Transpose", matrix, perm=[0, 1, 3, 2])

    def _pick(self, scores: str, places: str) -> str:
        """scores[b, h, i, places[i, j]]: (batch, heads, length, length)."""
        graph = self._graph
        first = graph.add("Slice", graph.add("Shape", scores), graph.constant([0]), graph.constant([3]))
        length = graph.add("Slice", graph.add("Shape", places), graph.constant([3]), graph.constant([4]))
        places = graph.add("Expand", places, graph.add("Concat", first, length, axis=0))
        return graph.add("GatherElements", scores, places, axis=3)


def _rows_of_distances(config: Config) -> NDArray[np.int64]:
    """Which row of the embeddings stands for each distance from -(positions - 1) to positions - 1.

    Exact up to half the buckets, then logarithmic to the longest distance.
    """
    positions = config.get("max_position_embeddings", 512)
    farthest = config.get("max_relative_positions", -1)
    farthest = positions if farthest < 1 else farthest
    distances = np.arange(-(positions - 1), positions)
    span = config.get("position_buckets", -1)
    if span > 0:
        middle = span // 2
        far = np.maximum(np.abs(distances), middle).astype(np.float32)
        steps = np.ceil(np.log(far / middle) / np.log(np.float32((farthest - 1) / middle)) * (middle - 1)) + middle
        distances = np.where(np.abs(distances) <= middle, distances, steps * np.sign(distances)).astype(np.int64)
    else:
        span = farthest
    rows: NDArray[np.int64] = np.clip(distances + span, 0, 2 * span - 1)
    return rows
