"""Embedding in steps of a few seconds, whatever the encoder's pace: progress is told, and no commit waits for long."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from engine.awaited import check_awaited
from engine.models.encoders.remembering import remembering
from engine.protocols import Encoder, runtimes_behind
from engine.store.layout import Home
from engine.types import Float32

Clock = Callable[[], float]  # seconds that only ever grow

FIRST, LEAST, MOST = 32, 8, 256  # texts in a step: the first one, and the bounds of the others
_SECONDS = 5.0  # what a step should take


def remembering_in(home: Path, encoder: Encoder) -> Encoder:
    """The encoder with what this machine has embedded before, unless nothing shall be left of what is in the home."""
    return encoder if Home(home).private.exists() else remembering(encoder)


class Steps:
    """Embeds with one encoder, and learns how many texts make a step. `on_embedded` is called with how many
    each step had.
    """

    def __init__(
        self, encoder: Encoder, on_embedded: Callable[[int], None], clock: Clock = time.monotonic, first: int = FIRST
    ) -> None:
        self.encoder = encoder
        self.clock = clock
        self.size = first
        self._on_embedded = on_embedded

    @property
    def runtimes(self) -> frozenset[str]:
        """The run-times that have embedded documents so far."""
        return runtimes_behind(self.encoder)

    def embed(self, texts: Sequence[str]) -> Float32:
        """The vectors of `texts`, shape (n, d), in as many steps as they take."""
        vectors = [np.empty((0, self.encoder.dimension), np.float32), *self._vectors(texts)]
        return np.concatenate(vectors)

    def _vectors(self, texts: Sequence[str]) -> Iterator[Float32]:
        start = 0
        while part := texts[start : start + self.size]:
            check_awaited()
            began = self.clock()
            yield self.encoder.encode(part, role="document")
            seconds = self.clock() - began
            if len(part) == self.size:  # a shorter one tells little
                self.size = MOST if seconds <= 0 else round(max(LEAST, min(MOST, len(part) * _SECONDS / seconds)))
            start += len(part)
            self._on_embedded(len(part))
