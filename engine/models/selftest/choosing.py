"""Choosing among run-times that were measured: the fastest that is faithful, if it wins clearly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from engine.models.runtimes.execution import Precision

COSINE = 0.999  # the least of any passage's, with the vector that ONNX Runtime makes in float32,
SIGN_BITS = 0.995  # and the share of sign bits that are equal: what is searched first
CLEARLY = 1.1  # times as fast, below which a second run-time is not worth its memory


@dataclass(frozen=True, slots=True)
class Measured:
    """One run-time in one precision. `per_second` counts passages; `problem` says why it was not measured."""

    runtime: str
    precision: Precision
    per_second: float = 0.0
    cosine: float = 0.0
    sign_bits: float = 0.0
    problem: str = ""

    @property
    def name(self) -> str:
        return f"{self.runtime} {self.precision}"

    @property
    def faithful(self) -> bool:
        return not self.problem and self.cosine >= COSINE and self.sign_bits >= SIGN_BITS

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Measured:
        return Measured(**data)


def choose(measured: Sequence[Measured]) -> Measured:
    """The run-time to embed much with. The first one is the reference, which stays unless another wins clearly."""
    reference = measured[0]
    best = max((one for one in measured if one.faithful), key=lambda one: one.per_second, default=reference)
    return best if best.per_second >= CLEARLY * reference.per_second else reference
