"""A comparison as one self-contained HTML page: no scripts, nothing fetched, readable on paper."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from benchmarks.compare.comparison import MAIN, Comparison, Part
from benchmarks.compare.systems import System
from benchmarks.compare.wording import HEADER, cells, method, sections
from engine.extras import needs


def to_html(comparison: Comparison) -> str:
    """The page. DependencyMissing without jinja2 and matplotlib."""
    with needs("bench", "An HTML report"):
        from jinja2 import Environment, StrictUndefined

        from benchmarks.compare import plots  # noqa: F401  imports matplotlib
    source = files("benchmarks.compare").joinpath("report.html.j2").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(source).render(
        comparison=comparison,
        main=MAIN,
        header=HEADER,
        sections=[(heading, [cells(test) for test in tests]) for heading, tests in sections(comparison)],
        parts=[_part(part) for part in comparison.parts],
        method=method(comparison),
    )


def _part(part: Part) -> dict[str, Any]:
    with needs("bench", "An HTML report"):
        from markupsafe import Markup

        from benchmarks.compare import plots

    drawn = {
        "Quality against latency": plots.quality_against_latency(part),
        "What each stage adds": plots.waterfall(part),
        "Query by query": plots.per_query(part),
    }
    return {
        "dataset": part.dataset,
        "plots": {title: Markup(svg) for title, svg in drawn.items()},  # noqa: S704  our own drawing, escaped by it
        "moved": part.moved,
        "runs": [(name, _facts(system)) for name, system in zip("AB", part.systems, strict=True)],
    }


def _facts(system: System) -> dict[str, str]:
    """Where a run's figures come from."""
    result = system.result
    facts: dict[str, Any] = {
        "run": system.label,
        "stage": system.stage,
        "models": result["models"],
        "recipe": result["recipe"],
        "latency (ms)": result["latency_ms"],
        "index": f"{result['index_bytes']:,} bytes",
        "peak memory": f"{result['peak_rss_mb']} MB",
        "environment": result["environment"],
        "failed queries": len(result["failed"]),
        "warnings": result["warnings"],
    }
    return {name: value if isinstance(value, str) else _plain(value) for name, value in facts.items()}


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(item)}" for name, item in value.items())
    if isinstance(value, list):
        return " ".join(map(_plain, value)) or "none"
    return value if isinstance(value, str) else json.dumps(value)
