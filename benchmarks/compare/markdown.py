"""A comparison as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.compare.comparison import MAIN, Comparison, Moved
from benchmarks.compare.wording import HEADER, cells, method, sections


def to_markdown(comparison: Comparison) -> str:
    """One table per data set, then the queries that moved most."""
    lines = ["# Comparison", "", f"- A: `{comparison.a}`", f"- B: `{comparison.b}`", ""]
    for heading, tests in sections(comparison):
        lines += [f"## {heading}", "", *_table(HEADER, [cells(test) for test in tests]), ""]
    lines += [method(comparison), ""]
    for part in comparison.parts:
        if part.moved:
            lines += [f"## Queries of {part.dataset} that moved most ({MAIN})", "", *_moved(part.moved), ""]
    return "\n".join(lines)


def _moved(moved: Sequence[Moved]) -> list[str]:
    rows = [(one.query, one.text, f"{one.a:.3f}", f"{one.b:.3f}", f"{one.b - one.a:+.3f}") for one in moved]
    return _table(("query", "text", "A", "B", "B - A"), rows)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [_row(header), _row(["---"] * len(header)), *(_row(row) for row in rows)]


def _row(row: Sequence[str]) -> str:
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in row) + " |"
