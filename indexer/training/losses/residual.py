"""`residual`: a reranker that learns corrections of the fused list instead of a ranking of its own.

For a group of candidates of one query the loss is the cross-entropy of softmax(scale * fused + logit) with the
relevant ones, where fused is the hybrid retrieval's min-max normalised score of each candidate, plus penalty *
logit^2. A pair that retrieval ranks right already costs little, so the gradient goes where the fused list is wrong;
and what the model cannot tell, as on collections of a kind that it never saw, is cheapest left at zero, which keeps
the fused order. It is boosting with a fixed first stage (Friedman 2001, https://doi.org/10.1214/aos/1013203451), and
is served by the policy `add` (engine/rerank/add.py) with weight 1 / scale.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


def residual_loss(
    logits: Tensor, fused: Tensor, labels: Tensor, present: Tensor, *, scale: float, penalty: float
) -> Tensor:
    """The loss of arguments that all have the shape (queries, candidates); `present` is False where a group is shorter
    than the longest.
    """
    scores = (scale * fused + logits).masked_fill(~present, -1e4)
    relevant = labels.clamp(min=0) * present
    target = relevant / relevant.sum(dim=1, keepdim=True).clamp(min=1e-9)
    ranking = -(target * functional.log_softmax(scores, dim=1)).sum(dim=1).mean()
    return ranking + penalty * logits[present].square().mean()


class ResidualLoss(nn.Module):  # type: ignore[misc,unused-ignore]
    """Loss for rows (query, [passages], [fused scores], labels)."""

    def __init__(self, model: Any, *, scale: float = 10.0, penalty: float = 0.01) -> None:
        super().__init__()
        self.model = model
        self.scale, self.penalty = scale, penalty

    def forward(self, inputs: list[Any], labels: list[Tensor], **preprocessing: Any) -> Tensor:
        queries, groups, fused = inputs
        pairs = [(query, passage) for query, group in zip(queries, groups, strict=True) for passage in group]
        tokens = self.model.preprocess(pairs, **preprocessing)
        device = self.model.device
        tokens = {name: value.to(device) if isinstance(value, Tensor) else value for name, value in tokens.items()}
        flat = self.model(tokens)["scores"].view(-1).float()
        sizes = [len(group) for group in groups]
        padded = nn.utils.rnn.pad_sequence
        return residual_loss(
            padded(list(flat.split(sizes)), batch_first=True),
            padded([torch.tensor(scores, device=device) for scores in fused], batch_first=True),
            padded([label.float().to(device) for label in labels], batch_first=True),
            padded([torch.ones(size, dtype=torch.bool, device=device) for size in sizes], batch_first=True),
            scale=self.scale,
            penalty=self.penalty,
        )
