"""Prompts of an encoder: its own, its family's, or those that a collection was made with."""

from __future__ import annotations

from copy import copy
from typing import Self

from engine.protocols import Encoder, Prompts


class Prompting:
    """Base of the encoders that put a prompt before each text: gives the same model with other prompts.

    `fingerprint` and `max_tokens` are cached and depend on the prompts; all else, the runtime too, is shared.
    """

    _prompts: Prompts

    def with_prompts(self, prompts: Prompts) -> Self:
        """The same model with other prompts, by role; nothing is loaded again."""
        other = copy(self)
        other._prompts = dict(prompts)
        for name in ("fingerprint", "max_tokens"):
            vars(other).pop(name, None)
        return other


def prompted(encoder: Encoder, prompts: Prompts) -> Encoder:
    """The encoder with these prompts: itself where it has them already."""
    return encoder if dict(encoder.fingerprint.prompts) == dict(prompts) else encoder.with_prompts(prompts)
