"""Many texts given to a model in parts, so that the work can end between two of them when nobody waits any more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from engine.awaited import check_awaited
from engine.types import Float32

AT_ONCE = 32  # texts between two checkpoints: a second or two of a small model on two cores

Item = TypeVar("Item")


def in_parts(items: Sequence[Item], length: Callable[[Item], int], compute: Callable[[list[Item]], Float32]) -> Float32:
    """A row of `compute` for each item, in their order; computed in parts of like lengths. Abandoned."""
    order = sorted(range(len(items)), key=lambda place: length(items[place]), reverse=True)
    parts = [order[start : start + AT_ONCE] for start in range(0, len(order), AT_ONCE)] or [[]]
    computed = []
    for part in parts:
        check_awaited()
        computed.append(compute([items[place] for place in part]))
    rows = np.concatenate(computed)
    result = np.empty_like(rows)
    result[order] = rows
    return result
