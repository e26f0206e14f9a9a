"""Vector codecs: sign bits for the first pass, int8 with one scale per row for rescoring.

A scale per row needs no calibration: segments merge by concatenation, and a row means the same in any of them. int8
codes are always decoded (code times scale) before they meet the float query.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.types import Float32

CODEC_VERSION = "binary+int8row/1"

Codes = NDArray[np.uint8]
Int8 = NDArray[np.int8]


def binary_codes(vectors: Float32) -> Codes:
    """Sign bits of (..., d) vectors, packed into (..., ceil(d / 8)) bytes; a positive value is a set bit."""
    return np.packbits(vectors > 0, axis=-1)


def int8_codes(vectors: Float32) -> tuple[Int8, Float32]:
    """Symmetric int8 codes (n, d) and the scale (n,) of each row: `vectors ~ codes * scale[:, None]`."""
    peak = np.abs(vectors).max(axis=1, initial=0.0)
    scale = (peak / 127.0).astype(np.float32)
    divisor = np.where(scale > 0, scale, 1.0)[:, None]
    return np.rint(vectors / divisor).astype(np.int8), scale


def int8_scores(query: Float32, codes: Int8, scale: Float32) -> Float32:
    """Dot products (n,) of a float query (d,) with decoded rows: codes (n, d), scale (n,).

    Row by row, so that a row's score does not depend on its neighbours, and without the threads of a matrix product,
    which cost more than they save here.
    """
    products: Float32 = np.vecdot(codes.astype(np.float32), query)
    return products * scale


def decoded(codes: Int8, scale: Float32) -> Float32:
    """The vectors (n, d) that int8 codes (n, d) with their scale (n,) stand for."""
    vectors: Float32 = codes.astype(np.float32) * scale[:, None]
    return vectors
