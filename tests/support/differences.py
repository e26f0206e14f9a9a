"""Where two answers differ that were computed in other batches."""

from __future__ import annotations

import math
from typing import Any

_ROUNDING = 1e-5


def differences(found: Any, expected: Any, where: str = "") -> list[str]:
    """Where two answers differ. Of a reranker's scores the last bits depend on what is scored beside it in a batch, and
    that on what is remembered of earlier questions, here and on a single machine; of vectors, on what is embedded beside.
    """
    if isinstance(found, float) and isinstance(expected, float):
        same = math.isclose(found, expected, rel_tol=_ROUNDING, abs_tol=_ROUNDING)
        return [] if same else [f"{where}: {found} for {expected}"]
    if isinstance(found, dict) and isinstance(expected, dict) and found.keys() == expected.keys():
        pairs = [(f"{where}.{key}", value, expected[key]) for key, value in found.items()]
    elif isinstance(found, list | tuple) and type(found) is type(expected) and len(found) == len(expected):
        pairs = [(f"{where}[{at}]", *pair) for at, pair in enumerate(zip(found, expected, strict=True))]
    else:
        return [] if found == expected else [f"{where}: {found!s:.100} for {expected!s:.100}"]
    return [said for at, one, other in pairs for said in differences(one, other, at)]
