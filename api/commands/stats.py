"""`winnow stats`: what a collection holds."""

from __future__ import annotations

from dataclasses import asdict

from rich.console import Console
from rich.text import Text

from api.options import Collection, Home, Json, home_of
from api.output import print_indented, print_json, printable

LABEL = 17  # width of the names


def stats(collection: Collection = "default", home: Home = None, as_json: Json = False) -> None:
    """Show what a collection holds: documents, chunks, bytes, languages, models, recipe."""
    from engine.store.collections import collection_stats

    found = asdict(collection_stats(home_of(home), collection))
    if as_json:
        print_json(found)
        return
    out = Console(highlight=False)
    for name, value in found.items():
        print_indented(out, Text(printable(_shown(value))), LABEL, name.replace("_", " "))


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {item}" for name, item in value.items()) or "-"
    return f"{value:,}" if isinstance(value, int) else str(value)
