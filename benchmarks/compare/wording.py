"""How figures of a comparison are written: the same on the terminal, in Markdown and in HTML."""

from __future__ import annotations

from benchmarks.compare.comparison import Comparison, Test
from indexer.evaluation.statistics import RESAMPLES

HEADER = ("metric", "A", "B", "B - A", "95% interval", "p", "p (Holm)", "win / tie / loss")


def cells(test: Test) -> tuple[str, ...]:
    """A test as the cells under HEADER."""
    return (
        test.metric,
        f"{test.a:.4f}",
        f"{test.b:.4f}",
        f"{test.difference:+.4f}",
        f"[{test.low:+.4f}, {test.high:+.4f}]",
        p_text(test.p),
        p_text(test.p_holm),
        f"{test.wins} / {test.ties} / {test.losses}",
    )


def p_text(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def method(comparison: Comparison) -> str:
    """How the figures were made, in two sentences."""
    return (
        f"p: two-sided paired randomisation test over queries ({comparison.permutations:,} sign flips, seed "
        f"{comparison.seed}; all patterns where there are no more), corrected by Holm over a metric's data sets. "
        f"Interval: percentile bootstrap of the mean difference, {RESAMPLES:,} resamples. "
        "A win is a query on which B is better."
    )


def sections(comparison: Comparison) -> list[tuple[str, tuple[Test, ...]]]:
    """(heading, tests) of each data set, and of all queries together where there are several."""
    found = [(f"{part.dataset}, {part.queries} queries", part.tests) for part in comparison.parts]
    if comparison.pooled:
        total = sum(part.queries for part in comparison.parts)
        found.append((f"All data sets together, {total} queries", comparison.pooled))
    return found
