"""`winnow stats`: what a collection holds."""

from __future__ import annotations

import json
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from api.options import Collection, Home, Json, home_of


def stats(collection: Collection = "default", home: Home = None, as_json: Json = False) -> None:
    """Show what a collection holds: documents, chunks, bytes, languages, models, recipe."""
    from engine.store.collections import collection_stats

    found = asdict(collection_stats(home_of(home), collection))
    if as_json:
        print(json.dumps(found, ensure_ascii=False, default=str))
        return
    table = Table(show_header=False, box=None)
    for name, value in found.items():
        shown = (
            ", ".join(f"{key} {item}" for key, item in value.items())
            if isinstance(value, dict)
            else str(value)
        )
        table.add_row(name.replace("_", " "), shown or "-")
    Console(highlight=False).print(table)
