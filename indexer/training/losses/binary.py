"""`binary`: an encoder whose sign bits rank as its floats do, by self-distillation on unlabelled text.

A frozen teacher, the encoder before training, gives each text an embedding t. For every text of a batch,
softmax(t.t' / temperature) over the other texts says how the floats rank them. The student has to reproduce that
distribution three times:

- with sign codes on both sides, which is what the Hamming scan of the first pass compares,
- with a float query against sign codes, as asymmetric scoring does,
- with its own floats, which keeps the rescoring, and so the final order, where the teacher had it.

Signs have no gradient, so tanh(beta z) stands for them while beta grows, as in HashNet (Cao et al. 2017,
https://arxiv.org/abs/1702.00758). All three are brought to the scale of a cosine before the softmax: for Gaussian
components E[sign.sign'] = 2/pi arcsin(cos) (Goemans and Williamson 1995) and E[z.sign'] = sqrt(2/pi) cos, so one
temperature fits all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


def similarities(embeddings: Tensor, beta: float) -> dict[str, Tensor]:
    """Similarities of unit vectors (n, d): the n x n cosines, and what codes and floats against codes estimate
    them by.
    """
    width = embeddings.shape[1]
    codes = torch.tanh(beta * math.sqrt(width) * embeddings)
    hamming = (codes @ codes.T / width).clamp(-1, 1)
    return {
        "symmetric": torch.sin(math.pi / 2 * hamming),
        "asymmetric": embeddings @ codes.T / math.sqrt(width) / math.sqrt(2 / math.pi),
        "float": embeddings @ embeddings.T,
    }


def binary_loss(student: Tensor, teacher: Tensor, beta: float, temperature: float, keep: float) -> Tensor:
    """Mean divergence of the student's three rankings from the teacher's; `keep` weighs the float one.

    `student` and `teacher` are the unit embeddings of the same texts, shapes (n, d) and (n, d').
    """
    itself = torch.eye(len(student), dtype=torch.bool, device=student.device)

    def ranking(scores: Tensor) -> Tensor:
        return functional.log_softmax((scores / temperature).masked_fill(itself, -1e4), dim=1)

    target = ranking(teacher @ teacher.T)
    weights = {"symmetric": 1.0, "asymmetric": 1.0, "float": keep}
    found = similarities(student, beta)
    losses = [
        weight * functional.kl_div(ranking(found[name]), target, reduction="batchmean", log_target=True)
        for name, weight in weights.items()
    ]
    return torch.stack(losses).sum()


class BinaryLoss(nn.Module):  # type: ignore[misc,unused-ignore]
    """Loss for rows (text, the teacher's embedding). `dimensions`: Matryoshka prefixes that have to rank so too."""

    def __init__(
        self,
        model: Any,
        *,
        temperature: float = 0.05,
        keep: float = 1.0,
        beta: float = 1.0,
        growth: float = 0.01,
        dimensions: Sequence[int] = (),
    ) -> None:
        super().__init__()
        self.model = model
        self.temperature, self.keep = temperature, keep
        self.start, self.growth = beta, growth
        self.dimensions = tuple(dimensions)
        self.register_buffer("steps", torch.zeros((), dtype=torch.long))

    @property
    def beta(self) -> float:
        """beta sqrt(1 + growth * steps), HashNet's schedule."""
        return self.start * math.sqrt(1 + self.growth * int(self.steps))

    def forward(self, features: list[dict[str, Tensor]], labels: Tensor) -> Tensor:
        whole = self.model(features[0])["sentence_embedding"].float()
        with torch.autocast(labels.device.type, enabled=False):  # similarities need more than bf16
            teacher = functional.normalize(labels.float(), dim=1)
            if self.training:
                self.steps += 1
            prefixes = [whole[:, :size] for size in (whole.shape[1], *self.dimensions)]
            losses = [self._loss(functional.normalize(prefix, dim=1), teacher) for prefix in prefixes]
        return torch.stack(losses).mean()

    def _loss(self, student: Tensor, teacher: Tensor) -> Tensor:
        return binary_loss(student, teacher, self.beta, self.temperature, self.keep)
