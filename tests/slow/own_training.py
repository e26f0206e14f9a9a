"""A loss and a callback, as a user of `winnow train` may have some."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from transformers import TrainerCallback

STEPS: list[int] = []


class PullTogether(nn.Module):  # type: ignore[misc,unused-ignore]
    """Bring both texts of a row to the same place."""

    citation = "@misc{together, title = {Together}}"

    def __init__(self, model: Any, *, weight: float = 1.0) -> None:
        super().__init__()
        self.model, self.weight = model, weight

    def forward(self, features: list[dict[str, Tensor]], labels: Tensor | None) -> Tensor:
        first, second = (self.model(feature)["sentence_embedding"] for feature in features)
        return self.weight * torch.nn.functional.mse_loss(first, second)


class Counted(TrainerCallback):  # type: ignore[misc,unused-ignore]
    """Notes every step."""

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        STEPS.append(state.global_step)
