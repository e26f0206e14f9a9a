"""The report's figures as inline SVG: quality against latency, the stages' waterfall, each query's two scores."""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import StringIO

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.compare.comparison import MAIN, Part
from benchmarks.compare.systems import System

_A, _B = "#c9a94f", "#1f5a8c"  # light and dark, so that they differ in grey too
_STAGES = ("lexical", "dense", "fused", "reranked")


def quality_against_latency(part: Part) -> str:
    """Each stage of both runs: median milliseconds until its list was there, and its mean nDCG@10."""
    figure, axes = _figure()
    for system, name, colour, marker, offset in _runs(part):
        scores = {stage: metrics[MAIN] for stage, metrics in system.result["stages"].items()}
        ready = {stage: times["p50"] for stage, times in system.result["ready_ms"].items() if stage in scores}
        axes.scatter(list(ready.values()), [scores[stage] for stage in ready], c=colour, marker=marker)
        for stage, milliseconds in ready.items():
            axes.annotate(
                f"{name} {stage}".strip(),
                (milliseconds, scores[stage]),
                textcoords="offset points",
                xytext=(5, offset),
                fontsize=7,
            )
    axes.set_xlabel("median milliseconds until the stage's list is there")
    axes.set_ylabel(f"mean {MAIN}")
    axes.margins(0.2)
    return _svg(figure)


def waterfall(part: Part) -> str:
    """Mean nDCG@10 of each stage; what fusion adds to the better leg, and reranking to fusion."""
    figure, axes = _figure()
    runs = _runs(part)
    width = 0.8 / len(runs)
    for number, (system, name, colour, *_) in enumerate(runs):
        scores = {stage: metrics[MAIN] for stage, metrics in system.result["stages"].items()}
        for place, stage in enumerate(_STAGES):
            if stage not in scores:
                continue
            across = place + width * (number - (len(runs) - 1) / 2)
            axes.bar(across, scores[stage], 0.95 * width, color=colour)
            label = f"{name} {scores[stage]:.3f}{_step(stage, scores)}".strip()
            axes.annotate(label, (across, scores[stage]), ha="center", va="bottom", fontsize=6.5)
    axes.set_xticks(range(len(_STAGES)), _STAGES)
    axes.set_ylabel(f"mean {MAIN}")
    axes.margins(y=0.2)
    return _svg(figure)


def per_query(part: Part) -> str:
    """One point per query: A's nDCG@10 across, B's up; above the diagonal B is better."""
    figure, axes = _figure(square=True)
    a, b = part.values(MAIN)
    axes.plot([0, 1], [0, 1], color="#888888", linewidth=0.8)
    axes.scatter(a, b, s=14, facecolors="none", edgecolors=_B, linewidths=0.8)
    axes.set_xlabel(f"A: {MAIN}")
    axes.set_ylabel(f"B: {MAIN}")
    axes.set_xlim(-0.03, 1.03)
    axes.set_ylim(-0.03, 1.03)
    return _svg(figure)


def _runs(part: Part) -> list[tuple[System, str, str, str, int]]:
    """The runs to draw, each with name, colour, marker and label offset; one only where both sides are stages of it."""
    a, b = part.systems
    if a.result == b.result:
        return [(b, "", _B, "s", 4)]
    return [(a, "A", _A, "o", -9), (b, "B", _B, "s", 4)]


def _step(stage: str, scores: Mapping[str, float]) -> str:
    before = {"fused": ("lexical", "dense"), "reranked": ("fused",)}.get(stage, ())
    found = [scores[name] for name in before if name in scores]
    return f"\n{scores[stage] - max(found):+.3f}" if found else ""


def _figure(square: bool = False) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(3.6, 3.4) if square else (5.4, 3.4), layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _svg(figure: Figure) -> str:
    """The figure as an <svg> element that names no outside address and is the same on every run."""
    stream = StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "winnow", "font.family": "sans-serif", "font.size": 8}):
        figure.savefig(stream, format="svg", metadata={"Date": None})
    svg = stream.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S)
    svg = re.sub(r'\s+xmlns(:\w+)?="[^"]*"', "", svg)  # implied inside HTML
    return re.sub(r'<g id="[^"]*"', "<g", svg)  # nothing refers to them, and they come again in the next figure
