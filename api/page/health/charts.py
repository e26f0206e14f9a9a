"""Plots as coordinates: templates draw them as SVG, and say the same in words for who does not see them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 300, 130
_TOP, _FLOOR = 20, 108  # of what is drawn; the labels stand below
_LEFT, _RIGHT = 36, 290  # of a curve
_STEPS = 40
_WIDEST = 44.0  # a column
_LABELS = 7  # columns that each have room for a label


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle; `kind` is its class, `label` what stands below it, `value` what stands above."""

    x: float
    y: float
    width: float
    height: float
    kind: str = ""
    label: str = ""
    value: str = ""

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True, slots=True)
class Tick:
    """A place of an axis."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Curve:
    """A line, as the SVG element `polyline` takes it, with its axes."""

    line: str
    across: tuple[Tick, ...]
    upwards: tuple[Tick, ...]


def columns(parts: Sequence[tuple[str, Sequence[tuple[str, float]]]], *, values: bool = True) -> tuple[Rect, ...]:
    """A column for each label, made of (kind, amount) from the floor upwards; the highest fills the plot."""
    most = max((sum(amount for _, amount in stack) for _, stack in parts), default=0.0) or 1.0
    width = min(WIDTH / max(len(parts), 1), _WIDEST)
    every = 1 + (len(parts) - 1) // _LABELS
    found = []
    for place, (label, stack) in enumerate(parts):
        total, floor = sum(amount for _, amount in stack), float(_FLOOR)
        for number, (kind, amount) in enumerate(stack):
            height = (_FLOOR - _TOP) * amount / most
            floor -= height
            last = number == len(stack) - 1
            told = f"{total:,.0f}" if values and last and total else ""
            gap = min(width * 0.12, 6.0)
            found.append(
                _rect(
                    place * width + gap,
                    floor,
                    width - 2 * gap,
                    height,
                    kind,
                    label if last and place % every == 0 else "",
                    told,
                )
            )
    return tuple(found)


def strip(parts: Sequence[tuple[str, float]], height: float = 22) -> tuple[Rect, ...]:
    """One bar of all parts, (kind, amount) from the left, as wide as the plot."""
    whole, x, found = sum(amount for _, amount in parts) or 1.0, 0.0, []
    for kind, amount in parts:
        width = WIDTH * amount / whole
        found.append(_rect(x, 0, width, height, kind))
        x += width
    return tuple(found)


def curve(share: Callable[[float], float], low: float, high: float) -> Curve:
    """A share in [0, 1] over an axis from `low` to `high`."""
    places = [low + (high - low) * step / _STEPS for step in range(_STEPS + 1)]

    def across(value: float) -> float:
        return round(_LEFT + (_RIGHT - _LEFT) * (value - low) / (high - low), 1)

    def up(value: float) -> float:
        return round(_FLOOR - (_FLOOR - _TOP) * value, 1)

    line = " ".join(f"{across(place)},{up(share(place))}" for place in places)
    ticks = tuple(
        Tick(across(low + (high - low) * part / 4), f"{low + (high - low) * part / 4:.2g}") for part in range(5)
    )
    return Curve(line, ticks, tuple(Tick(up(part), f"{part:.0%}") for part in (0.0, 0.5, 1.0)))


def _rect(x: float, y: float, width: float, height: float, kind: str, label: str = "", value: str = "") -> Rect:
    return Rect(round(x, 1), round(y, 1), round(width, 1), round(height, 1), kind, label, value)
