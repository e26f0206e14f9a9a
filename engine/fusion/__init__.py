"""Fusion: one method per file, registered here by the name that a recipe uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from engine.fusion import evidence, minmax, rrf
from engine.fusion.ranking import Scored


@dataclass(frozen=True, slots=True)
class Fusion:
    """A way to make one list of the legs' lists. `fuse` takes each leg's list and weight, by the leg's name.

    `does` says in a sentence what it does, `paper` where it comes from. `normalised`: each leg's scores count by their
    place in that leg's list only, so that a leg's weight means the same for every query.
    """

    name: str
    does: str
    fuse: Callable[[Mapping[str, Sequence[Scored]], Mapping[str, float]], list[Scored]]
    normalised: bool
    paper: str = ""


_ALL = (
    Fusion(
        "evidence",
        "adds the legs' own scores in one unit: BM25 + 80 x cosine, so that a leg counts by what it found",
        evidence.fuse,
        normalised=False,
        paper="Robertson, Zaragoza 2009, https://doi.org/10.1561/1500000019",
    ),
    Fusion(
        "minmax",
        "adds the legs' scores, each list mapped to [0, 1]",
        minmax.fuse,
        normalised=True,
        paper="Bruch, Gai, Ingber 2023, https://arxiv.org/abs/2210.11934",
    ),
    Fusion(
        "rrf",
        "adds 1 / (60 + rank) over the legs (reciprocal rank fusion)",
        rrf.fuse,
        normalised=True,
        paper="Cormack, Clarke, Buettcher 2009, https://doi.org/10.1145/1571941.1572114",
    ),
)

FUSIONS: dict[str, Fusion] = {fusion.name: fusion for fusion in _ALL}
