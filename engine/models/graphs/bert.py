"""The encoder of BERT and its relatives as an ONNX graph, built from safetensors without torch.

Post-norm transformer encoder (Devlin et al. 2019, https://arxiv.org/abs/1810.04805) with learnt absolute positions.
Rows of all sequences are kept as one matrix (batch * length, hidden), so that each linear layer is one Gemm.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.models.checkpoints.checkpoint import Checkpoint
from engine.models.checkpoints.weights import Tensors, read_tensors, weight_files
from engine.models.graphs.bert_weights import BertShape, bert_shape, bert_tensors
from engine.models.graphs.graph import HIDDEN, INT64, Graph


def build_bert(checkpoint: Checkpoint, graph: Graph) -> None:
    """See `build_graph`. Raises UnsupportedModel for options of the architecture that it does not cover."""
    tensors = bert_tensors(checkpoint.config, read_tensors(weight_files(checkpoint.first.directory)))
    encode_biased(graph, bert_shape(checkpoint), tensors, graph.attention_bias())


Attention = Callable[[str, str], str]  # (name of the tensors, rows) -> rows, before the output's linear layer
FeedForward = Callable[[str, str, str], str]  # (name of the layer's tensors, rows, the layer's input) -> its output


def encode_biased(
    graph: Graph, shape: BertShape, tensors: Tensors, bias: str, feed_forward: FeedForward | None = None
) -> None:
    """The whole encoder. `bias` is added to the scores of every layer's attention: the mask, and perhaps what distances
    add; it broadcasts to (batch, heads, length, length).
    """
    heads = head_shape(graph, shape.heads, tensors["encoder.layer.0.attention.self.query.weight"].shape[0])

    def attention(name: str, hidden: str) -> str:
        return _attention(graph, shape, tensors, f"{name}.self", hidden, heads, bias)

    encode(graph, shape, tensors, _embeddings(graph, shape, tensors), attention, feed_forward)


def encode(
    graph: Graph,
    shape: BertShape,
    tensors: Tensors,
    hidden: str,
    attention: Attention,
    feed_forward: FeedForward | None = None,
) -> None:
    """All layers over `hidden` (batch * length, hidden), and the graph's output."""

    def plain(name: str, rows: str, _: str) -> str:
        return _feed_forward(graph, shape, tensors, name, rows)

    for number in range(shape.layers):
        name = f"encoder.layer.{number}"
        output = graph.linear(f"{name}.attention.output.dense", tensors, attention(f"{name}.attention", hidden))
        norm = f"{name}.attention.output.LayerNorm"
        rows = graph.norm(norm, tensors, graph.add("Add", output, hidden), shape.epsilon)
        hidden = (feed_forward or plain)(name, rows, hidden)
    width = tensors["encoder.layer.0.attention.output.LayerNorm.weight"].shape[0]
    size = graph.add("Concat", graph.add("Shape", "input_ids"), graph.constant([width]), axis=0)
    graph.finish(graph.add("Reshape", hidden, size), HIDDEN)


def head_shape(graph: Graph, heads: int, width: int) -> str:
    """The shape (batch, length, heads, d)."""
    return graph.add("Concat", graph.add("Shape", "input_ids"), graph.constant([heads, width // heads]), axis=0)


def _embeddings(graph: Graph, shape: BertShape, tensors: Tensors) -> str:
    """Words, positions and token types, summed and normalised: (batch * length, hidden)."""
    total = graph.rows("embeddings.word_embeddings.weight", tensors, "input_ids")
    if shape.positions:
        positions = graph.rows("embeddings.position_embeddings.weight", tensors, _positions(graph, shape))
        total = graph.add("Add", total, positions)
    if "embeddings.token_type_embeddings.weight" in tensors:
        # RoBERTa has one token type whatever its tokenizer says.
        single = tensors["embeddings.token_type_embeddings.weight"].shape[0] == 1
        types = graph.add("Mul", "token_type_ids", graph.constant(0)) if single else "token_type_ids"
        total = graph.add("Add", total, graph.rows("embeddings.token_type_embeddings.weight", tensors, types))
    width = tensors["embeddings.LayerNorm.weight"].shape[0]
    hidden = graph.norm("embeddings.LayerNorm", tensors, total, shape.epsilon)
    hidden = graph.add("Reshape", hidden, graph.constant([-1, width]))
    if "embeddings_project.weight" in tensors:  # ELECTRA's small models
        hidden = graph.linear("embeddings_project", tensors, hidden)
    return hidden


def _positions(graph: Graph, shape: BertShape) -> str:
    if shape.position_offset is None:
        return graph.positions()
    # RoBERTa: the offset plus the count of tokens so far; padding stays at the offset.
    offset = graph.constant(shape.position_offset)
    present = graph.add("Cast", graph.add("Not", graph.add("Equal", "input_ids", offset)), to=INT64)
    counted = graph.add("CumSum", present, graph.constant(1))
    return graph.add("Add", graph.add("Mul", counted, present), offset)


def _feed_forward(graph: Graph, shape: BertShape, tensors: Tensors, name: str, hidden: str) -> str:
    inner = graph.activation(shape.activation, graph.linear(f"{name}.intermediate.dense", tensors, hidden))
    output = graph.linear(f"{name}.output.dense", tensors, inner)
    return graph.norm(f"{name}.output.LayerNorm", tensors, graph.add("Add", output, hidden), shape.epsilon)


def _attention(graph: Graph, shape: BertShape, tensors: Tensors, name: str, hidden: str, heads: str, bias: str) -> str:
    """softmax(Q K' / sqrt(d) + bias) V."""
    width = tensors[f"{name}.query.weight"].shape[0]
    query, key, value = (graph.linear(f"{name}.{part}", tensors, hidden) for part in ("query", "key", "value"))
    if f"{name}.layer_norm_q.weight" in tensors:  # Jina's second form
        query = graph.norm(f"{name}.layer_norm_q", tensors, query, shape.epsilon)
        key = graph.norm(f"{name}.layer_norm_k", tensors, key, shape.epsilon)
    scores = graph.add("MatMul", graph.split_heads(query, heads), graph.split_heads(key, heads, keys=True))
    scale = graph.constant((width / shape.heads) ** -0.5, np.float32)
    scores = graph.add("Add", graph.add("Mul", scores, scale), bias)
    return graph.attend(scores, graph.split_heads(value, heads), width)
