"""Rerank policies: how the reranker's scores and the fused ones make the final order. One per file, by recipe name."""

from __future__ import annotations

from collections.abc import Callable

from engine.rerank import add, blend, replace
from engine.types import Float64

Policy = Callable[[Float64, Float64, float], Float64]

POLICIES: dict[str, Policy] = {"add": add.combine, "blend": blend.combine, "replace": replace.combine}
