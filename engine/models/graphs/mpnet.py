"""The encoder of MPNet as an ONNX graph, built from safetensors without torch.

A BERT whose attention also adds a learnt number for each head and bucket of distances, the same in every layer (Song et
al. 2020, https://arxiv.org/abs/2004.09297). The buckets are T5's (Raffel et al. 2020, https://arxiv.org/abs/1910.10683,
section 2.1): a half for each direction, of which one half is exact and the other logarithmic.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.models.checkpoints.checkpoint import Checkpoint, torch_only
from engine.models.checkpoints.weights import Tensors, read_tensors, weight_files
from engine.models.graphs.bert import encode_biased
from engine.models.graphs.bert_weights import bert_shape, bert_tensors
from engine.models.graphs.graph import Graph

_BUCKETS, _FARTHEST = 32, 128  # fixed in the published code; all distances from the farthest on share a bucket
_TABLE = "encoder.relative_attention_bias.weight"  # (buckets, heads)


def build_mpnet(checkpoint: Checkpoint, graph: Graph) -> None:
    """See `build_graph`. Raises UnsupportedModel for options of the architecture that it does not cover."""
    buckets = checkpoint.config.get("relative_attention_num_buckets", _BUCKETS)
    if buckets != _BUCKETS:
        raise torch_only(checkpoint, f"is an MPNet with {buckets} buckets of distances")
    tensors = bert_tensors(checkpoint.config, read_tensors(weight_files(checkpoint.first.directory)))
    bias = graph.add("Add", graph.attention_bias(), _distance_bias(graph, tensors))
    encode_biased(graph, bert_shape(checkpoint), tensors, bias)


def _distance_bias(graph: Graph, tensors: Tensors) -> str:
    """Numbers that each head adds to its scores for the distance of two tokens: (heads, length, length)."""
    nearest = graph.constant(_FARTHEST)
    distances = graph.add("Clip", graph.distances(), graph.constant(-_FARTHEST), nearest)
    rows = graph.constant(distance_buckets(np.arange(-_FARTHEST, _FARTHEST + 1)))
    buckets = graph.add("Gather", rows, graph.add("Add", distances, nearest), axis=0)
    return graph.add("Transpose", graph.rows(_TABLE, tensors, buckets), perm=[2, 0, 1])


def distance_buckets(distances: NDArray[np.int64]) -> NDArray[np.int64]:
    """Bucket of each distance, which is the query's position less the key's."""
    half = _BUCKETS // 2
    exact = half // 2
    size = np.abs(distances)
    far = np.maximum(size, exact).astype(np.float32) / exact
    steps = np.log(far) / np.float32(np.log(_FARTHEST / exact)) * (half - exact)
    large = np.minimum(exact + steps.astype(np.int64), half - 1)
    buckets: NDArray[np.int64] = np.where(size < exact, size, large) + np.where(distances < 0, half, 0)
    return buckets
