"""`winnow stats`: what a collection holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.text import Text

from engine.terminal.options import Collection, Home, Json, home_of
from engine.terminal.output import print_indented, print_json, printable

LABEL = 17  # width of the names


def stats(collection: Collection = "default", home: Home = None, as_json: Json = False) -> None:
    """Show what a collection holds: documents, chunks, bytes, languages, models, recipe."""
    from engine.store.collections import collection_stats

    found = asdict(collection_stats(home_of(home), collection))
    if as_json:
        print_json(found)
        return
    out = Console(highlight=False, emoji=False)
    prompts = ", ".join(f"{role} {prompt!r}" for role, prompt in found["prompts"].items() if prompt)
    said = {
        "runtimes": ", ".join(found["runtimes"]) or None,
        "prompts": prompts or None,
        "evidence": _evidence(found["evidence"]),
        "certificate": _certificate(found["certificate"]),
    }
    for name, value in {**found, **said}.items():
        print_indented(out, Text(printable(_shown(value))), LABEL, name.replace("_", " "))


def _evidence(evidence: Mapping[str, Any] | None) -> str:
    """Why the recipe was chosen, in one sentence; `--json` has all of it."""
    if evidence is None:
        return "none: the recipe was not tuned (`winnow tune`)"
    held_out = evidence["held_out"]
    return (
        f"{evidence['recipe']}: {evidence['metric']} {evidence['chosen']:.4f} on {evidence['queries']} "
        f"{evidence['origin']} queries ({evidence['source']}, {evidence['date']}); held out {held_out['value']:.4f}, "
        f"the best single stage, {held_out['best_stage']}, {held_out['reference']:.4f}, p {held_out['p']:.3f}"
    )


def _certificate(certificate: Mapping[str, Any] | None) -> str:
    """The codes' loss in one sentence; `--json` has all of it."""
    if certificate is None:
        return "none: what quantisation loses was not measured (`winnow certify`)"
    figures = certificate["figures"][str(certificate["oversampling"])]
    recall, loss = figures["recall"], figures["loss"]
    return (
        f"oversampling {certificate['oversampling']}: recall@{certificate['candidates']} of exact float32 "
        f"{recall['mean']:.3f} ({recall['low']:.3f} to {recall['high']:.3f}), nDCG@10 loss {loss['mean']:.4f} "
        f"({loss['low']:.4f} to {loss['high']:.4f}, by {certificate['origin']}) on {certificate['queries']} queries "
        f"({certificate['source']}) and {certificate['sampled_chunks']} of {certificate['chunks']} chunks "
        f"of generation {certificate['generation']}"
    )


def _shown(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, dict):
        return ", ".join(f"{name} {item}" for name, item in value.items()) or "-"
    return f"{value:,}" if isinstance(value, int) else str(value)
