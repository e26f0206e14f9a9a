"""Winnow, a retrieve-and-rerank search engine for your own documents: what a program needs of it.

A collection that `winnow ingest` has made is opened and asked like this:

    import winnow

    with winnow.open_collection("default") as collection:
        for hit in collection.search("how many days of leave do I have?").hits:
            print(hit.document.title, hit.snippet.text)

`open_collection` and `Collection` search, `Request` says what a search may be asked for, `filters` what metadata must
be, `Recipe` how a collection ranks; every error that Winnow raises on purpose is a `WinnowError`.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as typing has it: nothing is imported here, so that the command can see to Ctrl-C at once
if TYPE_CHECKING:
    from typing import Any

    from engine import filters
    from engine.collection import Collection, open_collection
    from engine.errors import WinnowError
    from engine.query.request import Request
    from engine.recipe import Recipe
    from engine.types import Hit, SearchResult

    __version__: str

__all__ = [
    "Collection",
    "Hit",
    "Recipe",
    "Request",
    "SearchResult",
    "WinnowError",
    "__version__",
    "filters",
    "open_collection",
]

_HOMES = {
    "Collection": "engine.collection",
    "Hit": "engine.types",
    "Recipe": "engine.recipe",
    "Request": "engine.query.request",
    "SearchResult": "engine.types",
    "WinnowError": "engine.errors",
    "open_collection": "engine.collection",
}


def __getattr__(name: str) -> Any:
    """Load the public names on first use, so that `import winnow` costs nothing."""
    from importlib import import_module, metadata

    from winnow.own import own_packages

    if name == "__version__":
        return metadata.version("winnow-search")
    if name == "filters":
        with own_packages():
            return import_module("engine.filters")
    if name not in _HOMES:
        raise AttributeError(f"module 'winnow' has no attribute {name!r}")
    with own_packages():
        return getattr(import_module(_HOMES[name]), name)
