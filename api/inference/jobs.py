"""One request's work, cut into slices, so that a short job never waits for the whole of a long one."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from engine.protocols import Role
from engine.types import Float32, Passage

Operation = Literal["encode", "score", "labelled"]


@dataclass(frozen=True, slots=True)
class Key:
    """Jobs with the same key may be computed together."""

    operation: Operation
    model: str
    role: Role | None = None
    prompts: tuple[tuple[str, str], ...] | None = None  # others than the encoder's own, by role


@dataclass(slots=True, eq=False)
class Job:
    """Texts to embed, or passages to score for `query`. `arrived`, `deadline` and `begin_by` are in the time of the
    event loop.
    """

    key: Key
    items: Sequence[str] | Sequence[Passage]
    done: asyncio.Future[Float32]
    query: str = ""
    deadline: float | None = None
    begin_by: float = math.inf  # when it is given up if nothing of it was begun
    arrived: float = field(init=False)
    tokens: list[int] = field(init=False)  # of each item, estimated
    size: int = field(init=False)  # all of them
    remaining: int = field(init=False)  # tokens that are not computed yet, being computed included
    _waiting: list[int] = field(init=False)  # positions, the shortest first: they are taken from the end
    _parts: list[tuple[list[int], Float32]] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        query = estimated_tokens(self.query) if self.key.operation != "encode" else 0
        texts = (item if isinstance(item, str) else item.text for item in self.items)
        self.tokens = [query + estimated_tokens(text) for text in texts]
        self.arrived = self.done.get_loop().time()
        self.size = self.remaining = sum(self.tokens)
        self._waiting = sorted(range(len(self.items)), key=self.tokens.__getitem__)

    @property
    def waiting(self) -> bool:
        """Whether there is something left to take."""
        return bool(self._waiting)

    @property
    def begun(self) -> bool:
        """Whether anything of it was taken."""
        return len(self._waiting) < len(self.items)

    def take(self, budget: int, *, at_least_one: bool) -> list[int]:
        """Positions of the next slice, longest first, whose tokens stay within the budget (or one item alone).

        Items of similar length run together, and little is spent on padding. A job that fits the budget is taken whole
        and in its own order, so that the model sees exactly what it would have seen in process.
        """
        taken: list[int] = []
        while self._waiting and (budget >= self.tokens[self._waiting[-1]] or (at_least_one and not taken)):
            taken.append(self._waiting.pop())
            budget -= self.tokens[taken[-1]]
        return sorted(taken)

    def finish(self, positions: list[int], rows: Float32) -> None:
        """Keep a slice's result; with the last one, answer."""
        self._parts.append((positions, rows))
        self.remaining -= sum(self.tokens[position] for position in positions)
        if sum(len(part) for part, _ in self._parts) < len(self.items) or self.done.done():
            return
        whole = np.empty((len(self.items), *rows.shape[1:]), dtype=np.float32)
        for part, computed in self._parts:
            whole[part] = computed
        self.done.set_result(whole)

    def fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)


def estimated_tokens(text: str) -> int:
    """About as many tokens as a subword tokenizer gives: four bytes of UTF-8 each, and the special ones.

    The exact budget is kept by the model (engine/models/runtimes/batching.py). Here it only has to tell long from
    short, and tokenizing twice would cost more than it brings.
    """
    return len(text.encode("utf-8", "surrogatepass")) // 4 + 2
