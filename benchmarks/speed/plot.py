"""The contenders of each part as bars, in one SVG picture."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure

from benchmarks.speed.interleave import FLOOR

_OURS, _THEIRS, _LEAST = "#1f5a8c", "#c9a94f", "#bbbbbb"


def write_plot(parts: Mapping[str, Mapping[str, Any]], path: Path) -> None:
    """Write median milliseconds, each part on a scale of its own; the same figures give the same file."""
    heights = [len(found["contenders"]) for found in parts.values()]
    figure = Figure(figsize=(7.2, 0.28 * sum(heights) + 0.6 * len(parts)), layout="constrained")
    for axes, (part, found) in zip(
        figure.subplots(len(parts), 1, squeeze=False, height_ratios=heights)[:, 0], parts.items(), strict=True
    ):
        names = list(found["contenders"])
        medians = [found["contenders"][name]["median_ms"] for name in names]
        axes.barh(names, medians, color=[_colour(name) for name in names])
        for place, median in enumerate(medians):
            axes.annotate(
                f"{median:,.0f} ms" if median >= 100 else f"{median:.3g} ms",
                (median, place),
                xytext=(3, 0),
                textcoords="offset points",
                va="center",
            )
        axes.xaxis.set_visible(False)  # each bar says its length
        axes.set_title(f"{part} ({found['rows']})", loc="left", fontweight="bold")
        axes.invert_yaxis()
        axes.margins(x=0.2)
        axes.spines[["top", "right", "bottom"]].set_visible(False)
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "winnow", "font.family": "sans-serif", "font.size": 8}):
        figure.savefig(path, format="svg", metadata={"Date": None})


def _colour(name: str) -> str:
    if name == FLOOR:
        return _LEAST
    return _OURS if name.startswith("winnow") else _THEIRS
