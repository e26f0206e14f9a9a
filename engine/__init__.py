"""Winnow's engine: everything that a query needs, and the formats on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.collection import Collection, open_collection

__all__ = ["Collection", "open_collection"]


def __getattr__(name: str) -> Any:
    """Load the public names on first use, so that importing a part of the engine does not import all of it."""
    if name in __all__:
        from engine import collection

        return getattr(collection, name)
    raise AttributeError(f"module 'engine' has no attribute {name!r}")
