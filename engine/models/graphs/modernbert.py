"""The encoder of ModernBERT as an ONNX graph, built from safetensors without torch.

Pre-norm transformer with rotary positions, GeGLU, and attention that is local in most layers (Warner et al. 2024,
https://arxiv.org/abs/2412.13663). Rows of all sequences are kept as one matrix (batch * length, hidden).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.models.checkpoints.checkpoint import Checkpoint, torch_only
from engine.models.checkpoints.weights import Tensors, read_tensors, weight_files
from engine.models.graphs.bert import head_shape
from engine.models.graphs.graph import ACTIVATIONS, FLOAT, HIDDEN, Graph

_LOCAL, _GLOBAL = "sliding_attention", "full_attention"
_BASES = {_LOCAL: ("local_rope_theta", 10_000.0), _GLOBAL: ("global_rope_theta", 160_000.0)}


@dataclass(frozen=True, slots=True)
class _Shape:
    """Facts that the weights do not say. `window` is how far a local layer sees to either side, in tokens."""

    layers: tuple[str, ...]
    heads: int
    width: int
    window: int
    activation: str
    epsilon: float
    bases: dict[str, float]
    norm_bias: bool
    attention_bias: bool
    mlp_bias: bool


@dataclass(frozen=True, slots=True)
class _Places:
    """Positions of a kind of layer: the mask that it adds to its scores, and the angles by which it turns
    queries and keys.
    """

    mask: str
    cosines: str
    sines: str


def build_modernbert(checkpoint: Checkpoint, graph: Graph) -> None:
    """See `build_graph`. Raises UnsupportedModel for options of the architecture that it does not cover."""
    shape = _read_shape(checkpoint)
    tensors = read_tensors(weight_files(checkpoint.first.directory))
    tensors = Tensors({name.removeprefix("model."): tensor for name, tensor in tensors.items()})
    heads = head_shape(graph, shape.heads, shape.width)
    places = {kind: _places(graph, shape, kind) for kind in sorted(set(shape.layers))}
    hidden = graph.rows("embeddings.tok_embeddings.weight", tensors, "input_ids")
    hidden = graph.add("Reshape", hidden, graph.constant([-1, shape.width]))
    hidden = graph.norm("embeddings.norm", tensors, hidden, shape.epsilon, bias=shape.norm_bias)
    for number, kind in enumerate(shape.layers):
        hidden = _layer(graph, shape, tensors, f"layers.{number}", hidden, heads, places[kind])
    hidden = graph.norm("final_norm", tensors, hidden, shape.epsilon, bias=shape.norm_bias)
    size = graph.add("Concat", graph.add("Shape", "input_ids"), graph.constant([shape.width]), axis=0)
    graph.finish(graph.add("Reshape", hidden, size), HIDDEN)


def _read_shape(checkpoint: Checkpoint) -> _Shape:
    config = checkpoint.config
    activation = config.get("hidden_activation", "gelu")
    if activation not in ACTIVATIONS:
        raise torch_only(checkpoint, f"uses the activation {activation}")
    every = config.get("global_attn_every_n_layers", 3)
    kinds = config.get("layer_types") or [
        _LOCAL if number % every else _GLOBAL for number in range(config["num_hidden_layers"])
    ]
    rotary = config.get("rope_parameters") or {}
    if config.get("rope_scaling") or any(
        rotary.get(kind, {}).get("rope_type", "default") != "default" for kind in kinds
    ):
        raise torch_only(checkpoint, "scales its rotary positions")
    bases = {
        kind: float(rotary.get(kind, {}).get("rope_theta") or config.get(name) or base)
        for kind, (name, base) in _BASES.items()
    }
    return _Shape(
        layers=tuple(kinds),
        heads=config["num_attention_heads"],
        width=config["hidden_size"],
        window=config.get("local_attention", 128) // 2,
        activation=activation,
        epsilon=config.get("norm_eps", 1e-5),
        bases=bases,
        norm_bias=config.get("norm_bias", False),
        attention_bias=config.get("attention_bias", False),
        mlp_bias=config.get("mlp_bias", False),
    )


def _places(graph: Graph, shape: _Shape, kind: str) -> _Places:
    size = shape.width // shape.heads
    steps = shape.bases[kind] ** -(np.arange(0, size, 2) / size)  # of each pair of dimensions, an angle a position
    positions = graph.add("Unsqueeze", graph.add("Cast", graph.positions(), to=FLOAT), graph.constant([1]))
    angles = graph.add("Mul", positions, graph.constant(np.concatenate([steps, steps]), np.float32))
    mask = graph.attention_bias()
    if kind == _LOCAL:
        far = graph.add("Greater", graph.add("Abs", graph.distances()), graph.constant(shape.window))
        lowest, none = graph.constant(np.finfo(np.float32).min, np.float32), graph.constant(0, np.float32)
        # of two lowest numbers the sum would be infinite
        mask = graph.add("Min", mask, graph.add("Where", far, lowest, none))
    return _Places(mask, graph.add("Cos", angles), graph.add("Sin", angles))


def _layer(graph: Graph, shape: _Shape, tensors: Tensors, name: str, hidden: str, heads: str, places: _Places) -> str:
    def norm(part: str, rows: str) -> str:
        return graph.norm(f"{name}.{part}", tensors, rows, shape.epsilon, bias=shape.norm_bias)

    rows = hidden if name == "layers.0" else norm("attn_norm", hidden)  # the embeddings are normalised already
    hidden = graph.add("Add", hidden, _attention(graph, shape, tensors, f"{name}.attn", rows, heads, places))
    inner = graph.linear(f"{name}.mlp.Wi", tensors, norm("mlp_norm", hidden), bias=shape.mlp_bias)
    first, gate = graph.split(inner, 2)
    inner = graph.add("Mul", graph.activation(shape.activation, first), gate)
    return graph.add("Add", hidden, graph.linear(f"{name}.mlp.Wo", tensors, inner, bias=shape.mlp_bias))


def _attention(graph: Graph, shape: _Shape, tensors: Tensors, name: str, rows: str, heads: str, places: _Places) -> str:
    """softmax(Q K' / sqrt(d) + mask) V, with Q and K turned by the angles of their positions."""
    parts = graph.split(graph.linear(f"{name}.Wqkv", tensors, rows, bias=shape.attention_bias), 3)
    query, key, value = (graph.split_heads(part, heads) for part in parts)
    query, key = _turn(graph, query, places), _turn(graph, key, places)
    scores = graph.add("MatMul", query, graph.add("Transpose", key, perm=[0, 1, 3, 2]))
    scale = graph.constant((shape.width / shape.heads) ** -0.5, np.float32)
    scores = graph.add("Add", graph.add("Mul", scores, scale), places.mask)
    context = graph.attend(scores, value, shape.width)
    return graph.linear(f"{name}.Wo", tensors, context, bias=shape.attention_bias)


def _turn(graph: Graph, vectors: str, places: _Places) -> str:
    """Rotary positions (Su et al. 2021, https://arxiv.org/abs/2104.09864): each half turned by the other."""
    first, second = graph.split(vectors, 2)
    crossed = graph.add("Concat", graph.add("Neg", second), first, axis=-1)
    return graph.add("Add", graph.add("Mul", vectors, places.cosines), graph.add("Mul", crossed, places.sines))
