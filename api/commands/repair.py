"""`winnow repair`: bring back what can be rebuilt."""

from __future__ import annotations

from typing import Annotated

import typer

from api.options import Home, Json, home_of
from api.output import print_json
from engine.errors import UsageError


def repair(
    catalogue: Annotated[bool, typer.Option("--catalogue", help="Rebuild the catalogue from the manifests.")] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Rebuild the catalogue of a home from the manifests of its collections. Deletes nothing."""
    from engine.store.repair import rebuild_catalogue

    if not catalogue:
        raise UsageError("Nothing to repair was named.", "Use `winnow repair --catalogue`.")
    restored = rebuild_catalogue(home_of(home))
    if as_json:
        print_json({"restored": list(restored)})
    else:
        print(f"restored: {', '.join(restored)}" if restored else "nothing to restore")
