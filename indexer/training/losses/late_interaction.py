"""`late-interaction`: token vectors whose MaxSim ranks, by itself and as a correction of the fused list.

For a query and its candidates the loss is the sum of two cross-entropies with their gains: of softmax(scale * MaxSim),
and of softmax(fused + scale' * MaxSim), where fused is hybrid retrieval's min-max normalised score times `fused_scale`.
The second is what is served (engine/rerank/blend.py); the first keeps the model a reranker in its own right. The
candidates of a batch's other queries are negatives too. The two scales are learnt.

Khattab, Zaharia: "ColBERT", 2020, https://arxiv.org/abs/2004.12832; Santhanam et al.: "ColBERTv2", 2022,
https://arxiv.org/abs/2112.01488
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

_AT_ONCE = 16  # texts of like length that are read together, so that little is spent on padding


def late_interaction_loss(similarities: Tensor, fused: Tensor, gains: Tensor, scale: Tensor, other: Tensor) -> Tensor:
    """All but the scales of shape (queries, passages); a query's gains need not sum to 1, but must not all be 0."""
    target = gains / gains.sum(dim=1, keepdim=True)
    alone = functional.cross_entropy(scale * similarities, target)
    together = functional.cross_entropy(fused + other * similarities, target)
    return alone + together


class LateInteractionLoss(nn.Module):  # type: ignore[misc,unused-ignore]
    """Loss for rows (query, [passages], [fused scores], gains) and a MultiVectorEncoder."""

    def __init__(self, model: Any, *, scale: float = 30.0, fused_scale: float = 10.0) -> None:
        super().__init__()
        self.model = model
        self.fused_scale = fused_scale
        self.log_scales = nn.Parameter(torch.full((2,), math.log(scale)))

    def forward(self, inputs: list[Any], labels: list[Tensor], **_: Any) -> Tensor:
        queries, groups, fused = inputs
        texts = list(dict.fromkeys(text for group in groups for text in group))
        column = {text: place for place, text in enumerate(texts)}
        scores = torch.zeros(len(queries), len(texts))
        gains = torch.zeros(len(queries), len(texts))
        for row, (group, known, grades) in enumerate(zip(groups, fused, labels, strict=True)):
            for text, score, gain in zip(group, known, grades, strict=True):
                scores[row, column[text]] = self.fused_scale * score
                gains[row, column[text]] = gain
        similarities = self._similarities(queries, texts)
        scale, other = self.log_scales.exp()
        device = similarities.device
        return late_interaction_loss(similarities, scores.to(device), gains.to(device), scale, other)

    def _similarities(self, queries: Sequence[str], texts: Sequence[str]) -> Tensor:
        """The mean MaxSim of every query with every text."""
        passages = self._read(texts, "document")
        padded = nn.utils.rnn.pad_sequence(passages, batch_first=True)
        lengths = torch.tensor([len(vectors) for vectors in passages], device=padded.device)
        absent = torch.arange(padded.shape[1], device=padded.device) >= lengths[:, None]
        rows = []
        for asked in self._read(queries, "query"):
            products = torch.einsum("qd,ntd->nqt", asked, padded).masked_fill(absent[:, None], -1.0)
            rows.append(products.amax(dim=2).mean(dim=1))
        return torch.stack(rows)

    def _read(self, texts: Sequence[str], task: str) -> list[Tensor]:
        """The token vectors of each text, shape (tokens, d)."""
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        found: dict[int, Tensor] = {}
        for start in range(0, len(order), _AT_ONCE):
            places = order[start : start + _AT_ONCE]
            features = self.model.preprocess([texts[place] for place in places], task=task)
            device = self.model.device
            features = {
                name: value.to(device) if isinstance(value, Tensor) else value for name, value in features.items()
            }
            read = self.model(features, task=task)
            for place, vectors, mask in zip(places, read["token_embeddings"], read["attention_mask"], strict=True):
                found[place] = vectors[mask.bool()].float()
        return [found[place] for place in range(len(texts))]
