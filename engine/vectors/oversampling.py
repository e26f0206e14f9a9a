"""How many binary candidates a collection's size calls for, where nothing else was chosen."""

from __future__ import annotations

import math

_LEAST, _SMALL, _GROWTH = 4, 10_000, 0.3


def usual_oversampling(chunks: int) -> int:
    """Candidates of the first pass per row that int8 rescoring keeps: 4 for 10,000 chunks, 16 for a million.

    The best hundred of more chunks are nearer to each other, so sign bits tell them apart less well. The growth keeps
    the recall of 10,000 real embeddings at a million (benchmarks/RESULTS.md, "A million chunks").
    """
    return max(_LEAST, round(_LEAST * math.pow(chunks / _SMALL, _GROWTH)))
