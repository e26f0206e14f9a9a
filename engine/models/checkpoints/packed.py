"""Weights of four bits: in each row, blocks of 32 weights share a float16 scale (Q4_0 of ggml).

A matrix `W` of shape (rows, columns) is kept as two tensors: `W.q4_0`, uint8 (rows, columns / 32, 16), and `W.scale`,
float16 (rows, columns / 32). Byte j of a block holds weight j in its low half and weight j + 16 in its high half, both
plus 8. https://github.com/ggml-org/ggml/blob/master/src/ggml-quants.c
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.types import Float32

PACKED = ".q4_0"
SCALE = ".scale"
ZERO = 8  # the stored value of a weight of 0
BASE = 16  # values of a half byte


def unpack(halves: NDArray[np.uint8], scales: NDArray[np.float16]) -> Float32:
    """The matrix (rows, columns) of the two tensors."""
    values = np.concatenate([halves & (BASE - 1), halves >> 4], axis=2).astype(np.float32)
    values -= ZERO
    values *= scales.astype(np.float32)[:, :, None]
    matrix: Float32 = values.reshape(len(halves), -1)
    return matrix


def sizes(tensors: Mapping[str, NDArray[Any]]) -> dict[str, int]:
    """The number of weights of each tensor, a packed one under the name of its matrix."""
    packed = {name.removesuffix(PACKED) for name in tensors if name.endswith(PACKED)}
    plain = {name: tensor.size for name, tensor in tensors.items() if name.removesuffix(SCALE) not in packed}
    return {name.removesuffix(PACKED): size * (2 if name.endswith(PACKED) else 1) for name, size in plain.items()}
