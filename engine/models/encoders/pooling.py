"""Pooling: one vector per text out of token vectors, as the Pooling module of sentence-transformers does it.

https://sbert.net/docs/package_reference/sentence_transformer/modules.html#pooling
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import UnsupportedModel
from engine.models.checkpoints.checkpoint import Config
from engine.types import Float32

Mask = NDArray[np.float32]  # (batch, length): 1 where a token is pooled

_SMALLEST = np.float32(1e-9)  # keeps the mean of no tokens defined, as the reference does


@dataclass(frozen=True, slots=True)
class Pooling:
    """`modes` are concatenated in order; without `include_prompt` a prompt's tokens are left out."""

    modes: tuple[str, ...] = ("mean",)
    include_prompt: bool = True

    def __call__(self, hidden: Float32, attention_mask: NDArray[np.int64], prompt_tokens: int) -> Float32:
        """(batch, length, hidden) -> (batch, hidden * modes); `prompt_tokens` counts a leading special token."""
        mask = attention_mask.astype(np.float32)
        if not self.include_prompt:
            mask[:, :prompt_tokens] = 0
        return np.concatenate([MODES[mode](hidden, mask) for mode in self.modes], axis=1)

    @property
    def label(self) -> str:
        return "+".join(self.modes) + ("" if self.include_prompt else " without prompt")


def read_pooling(config: Config, *, include_prompt: bool = True) -> Pooling:
    """Read the pooling from the module's configuration, in the form `pooling_mode` or the older flags; `include_prompt`
    counts where it says nothing of prompts. Raises UnsupportedModel.
    """
    modes = config.get("pooling_mode")
    if modes is None:
        modes = tuple(mode for flag, mode in _FLAGS.items() if config.get(flag)) or ("mean",)
    modes = (modes,) if isinstance(modes, str) else tuple(modes)
    unknown = [mode for mode in modes if mode not in MODES]
    if unknown:
        raise UnsupportedModel(f"The model pools by {unknown[0]}.", "Supported are: " + ", ".join(MODES) + ".")
    return Pooling(modes, config.get("include_prompt", include_prompt))


def _cls(hidden: Float32, mask: Mask) -> Float32:
    """The first pooled token."""
    first: Float32 = hidden[np.arange(len(hidden)), mask.argmax(axis=1)]
    return first


def _last(hidden: Float32, mask: Mask) -> Float32:
    """The last pooled token; zeros where there is none."""
    last = mask.shape[1] - 1 - mask[:, ::-1].argmax(axis=1)
    rows = np.arange(len(hidden))
    vectors: Float32 = hidden[rows, last] * mask[rows, last, None]
    return vectors


def _max(hidden: Float32, mask: Mask) -> Float32:
    largest: Float32 = np.where(mask[:, :, None] > 0, hidden, np.float32(-np.inf)).max(axis=1)
    return largest


def _average(hidden: Float32, weights: Mask, divisor: Mask) -> Float32:
    """Weighted sum of the tokens over `divisor` (batch, 1)."""
    total: Float32 = np.matmul(weights[:, None, :], hidden)[:, 0] / np.maximum(divisor, _SMALLEST)
    return total


def _mean(hidden: Float32, mask: Mask) -> Float32:
    return _average(hidden, mask, mask.sum(axis=1, keepdims=True))


def _mean_sqrt(hidden: Float32, mask: Mask) -> Float32:
    return _average(hidden, mask, np.sqrt(mask.sum(axis=1, keepdims=True)))


def _weighted_mean(hidden: Float32, mask: Mask) -> Float32:
    """Later tokens weigh more: the first 1, the second 2, ... (SGPT, https://arxiv.org/abs/2202.08904)."""
    weights = mask * np.arange(1, mask.shape[1] + 1, dtype=np.float32)
    return _average(hidden, weights, weights.sum(axis=1, keepdims=True))


MODES: dict[str, Callable[[Float32, Mask], Float32]] = {
    "cls": _cls,
    "max": _max,
    "mean": _mean,
    "mean_sqrt_len_tokens": _mean_sqrt,
    "weightedmean": _weighted_mean,
    "lasttoken": _last,
}

# Flags of older configurations, in the order in which their modes are concatenated.
_FLAGS = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
