"""Linear layers in int8: weights with one scale per output, activations quantised as they come.

Weights take 7 bits, in [-64, 64]: then no sum of two products overflows 16 bits, so processors without VNNI, whose
instructions add in 16 bits, compute the same numbers
(https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html, "reduce_range").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.types import Float32

if TYPE_CHECKING:
    from engine.models.graphs.graph import Graph

_LARGEST = 64


def int8_weights(weight: NDArray[Any]) -> tuple[NDArray[np.int8], Float32]:
    """A layer's weight (out, in) as codes in [-64, 64] and the scale of each output (out,)."""
    wide = weight.astype(np.float32)  # the one copy: every search that starts cold pays for more
    largest = np.maximum(wide.max(axis=1), -wide.min(axis=1))
    scales: Float32 = np.maximum(largest, np.finfo(np.float32).tiny) / np.float32(_LARGEST)
    wide /= scales[:, None]
    np.rint(wide, out=wide)
    return wide.astype(np.int8), scales


def int8_linear(graph: Graph, name: str, weight: NDArray[Any], rows: str) -> str:
    """rows W', without a bias. The nodes are those that ONNX Runtime fuses into one (MatMulIntegerToFloat)."""
    codes, scales = int8_weights(weight)
    graph.tensors[f"{name}.codes"] = np.ascontiguousarray(codes.T)
    graph.tensors[f"{name}.scales"] = scales
    quantised, scale, zero = _quantise(graph, rows)
    product = graph.add("MatMulInteger", quantised, f"{name}.codes", zero, graph.constant(0, np.int8))
    return graph.add("Mul", graph.widen(product), graph.add("Mul", scale, f"{name}.scales"))


def _quantise(graph: Graph, rows: str) -> tuple[str, str, str]:
    """Codes of activations, their scale and their zero point; once for all layers that read the same rows."""
    outputs = tuple(f"{rows}.{part}" for part in ("codes", "scale", "zero"))
    if not any(node.name == f"{rows}.quantised" for node in graph.nodes):
        from onnx import helper

        graph.nodes.append(helper.make_node("DynamicQuantizeLinear", [rows], list(outputs), name=f"{rows}.quantised"))
    return outputs[0], outputs[1], outputs[2]
