"""A hit's way through the stages as a small plot: one point a stage, the higher the better its rank there."""

from __future__ import annotations

import math
from dataclasses import dataclass

from api.page.wording import STAGES
from engine.types import Hit

WIDTH, HEIGHT = 360, 92
_LEFT, _STEP = 45, 90
_TOP, _BOTTOM = 20, 62
_LAST = 100  # ranks from here on stand at the bottom


@dataclass(frozen=True, slots=True)
class Point:
    """A stage of the plot; `rank` is None where the hit is not in its list, and the point then lies at the bottom."""

    title: str
    x: int
    y: int
    rank: int | None


@dataclass(frozen=True, slots=True)
class Plot:
    points: tuple[Point, ...]

    @property
    def line(self) -> str:
        """The points that have a rank, as the SVG element `polyline` takes them."""
        return " ".join(f"{point.x},{point.y}" for point in self.points if point.rank is not None)

    @property
    def in_words(self) -> str:
        """The same for who does not see it."""
        told = (f"{one.title}: {f'rank {one.rank}' if one.rank else 'not listed'}" for one in self.points)
        return ", ".join(told)


def plot(hit: Hit) -> Plot:
    """The plot of a hit."""
    points = []
    for place, stage in enumerate(STAGES):
        rank = hit.stages[stage.name].rank if stage.name in hit.stages else None
        points.append(Point(stage.title, _LEFT + place * _STEP, _height(rank), rank))
    return Plot(tuple(points))


def _height(rank: int | None) -> int:
    """A height by the logarithm of a rank: first and third are further apart than 41st and 43rd."""
    share = 1.0 if rank is None else min(math.log(rank) / math.log(_LAST), 1.0)
    return round(_TOP + (_BOTTOM - _TOP) * share)
