"""Rerank policies: how the reranker's scores and the fused ones make the final order. One per file, by recipe name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.rerank import add, blend, replace
from engine.types import Float64


@dataclass(frozen=True, slots=True)
class Policy:
    """A way to order. `combine` takes fused scores (n,), best first, the reranker's (m,) of the first m, and a weight;
    it returns final scores (n,). `does` says in a sentence what it does, `paper` where it comes from.
    """

    name: str
    does: str
    combine: Callable[[Float64, Float64, float], Float64]
    paper: str = ""


NO_RERANKING = "none"  # as a recipe says it: the fused order is the final one

_ALL = (
    Policy("add", "adds the reranker's logits to the fused scores, for models trained to correct them", add.combine),
    Policy("blend", "weighs the reranker's and the fused scores, each mapped to [0, 1]", blend.combine),
    Policy("replace", "takes the reranker's order alone", replace.combine, "https://arxiv.org/abs/1901.04085"),
)

POLICIES: dict[str, Policy] = {policy.name: policy for policy in _ALL}
