"""The choices of a collection: fusion, weights, depths, whether and how to rerank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from engine.errors import UsageError
from engine.fingerprint import digest_json
from engine.fusion import FUSIONS
from engine.rerank import NO_RERANKING, POLICIES

_CHOICES = {"fusion": tuple(FUSIONS), "rerank": (*POLICIES, NO_RERANKING)}
_RETIRED = {"aggregation": "max"}  # a knob of one position, which older recipes state


@dataclass(frozen=True, slots=True)
class Recipe:
    """Every knob of the query path. Defaults were chosen on development queries (benchmarks/RESULTS.md).

    Raises:
        UsageError: a fusion or a rerank policy is unknown, or a number is out of its range.
    """

    # retrieval
    candidates: int = 100  # chunks taken from each leg
    oversampling: int = 0  # binary candidates per int8-rescored one; 0: as many as the size calls for
    k1: float = 1.2
    b: float = 0.75
    title_weight: float = 1.0
    body_weight: float = 1.0
    # fusion
    fusion: str = "evidence"
    dense_weight: float = 0.5  # the lexical leg weighs 1 - dense_weight; what that means is the fusion's
    token_weight: float = 0.0  # of how well single tokens match, where the encoder can tell (passages/token_matches.py)
    # reranking
    rerank: str = "blend"
    rerank_weight: float = 0.5
    neighbour_weight: float = 0.3  # of the three passages most like each one (engine/rerank/neighbours.py)
    rerank_depth: int = 20

    def __post_init__(self) -> None:
        for name, known in _CHOICES.items():
            if getattr(self, name) not in known:
                raise UsageError(f"{name} must be one of {', '.join(known)}, not {getattr(self, name)!r}.")
        for name in ("dense_weight", "token_weight", "rerank_weight", "neighbour_weight", "b"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise UsageError(f"{name} must lie in [0, 1], not {getattr(self, name)}.")
        if self.token_weight and self.fusion != "evidence":
            raise UsageError(f"token_weight is for the fusion evidence, not {self.fusion}.", "Set it to 0.")
        for name, least in (("candidates", 1), ("oversampling", 0), ("rerank_depth", 1)):
            if getattr(self, name) < least:
                raise UsageError(f"{name} must be at least {least}, not {getattr(self, name)}.")

    def with_(self, **changes: Any) -> Recipe:
        """A copy with some values changed.

        Raises:
            TypeError: a recipe has no value of that name.
            UsageError: a value is out of its range.

        Examples:
            >>> Recipe().with_(rerank_depth=50, dense_weight=0.4).rerank_depth
            50
        """
        return replace(self, **changes)

    def with_settings(self, settings: Sequence[str]) -> Recipe:
        """A copy changed by `name=value` texts, as `--set` takes them.

        Raises:
            UsageError: a name is unknown, or a value is of the wrong kind or out of its range.

        Examples:
            >>> Recipe().with_settings(["rerank=none", "k1=0.9"]).k1
            0.9
        """
        kinds = {field.name: type(getattr(self, field.name)) for field in fields(self)}
        changes: dict[str, Any] = {}
        for setting in settings:
            name, _, value = setting.partition("=")
            if name not in kinds:
                raise UsageError(f"A recipe has no {name!r}.", f"It has: {', '.join(kinds)}.")
            try:
                changes[name] = kinds[name](value)
            except ValueError as error:
                raise UsageError(f"{value!r} is not a value for {name}.", f"Give a {kinds[name].__name__}.") from error
        return self.with_(**changes)

    @property
    def digest(self) -> str:
        """SHA-256 of all choices."""
        return digest_json(self.to_json())

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Recipe:
        """The recipe that `to_json` gave, also of older versions: they were chosen without neighbours."""
        return Recipe(**{"neighbour_weight": 0.0, **{name: data[name] for name in data.keys() - _RETIRED.keys()}})
