"""An error that names what the client's distribution brings, where it is missing. Imports nothing of Winnow's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def needs(distribution: str, user: str) -> Iterator[None]:
    """Imports inside the block come with `distribution`. ModuleNotFoundError, which names it, where one is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        missing = (error.name or "a package").partition(".")[0]
        if missing == "api":
            raise
        raise ModuleNotFoundError(f"{user} needs {missing}: pip install '{distribution}'.", name=error.name) from error
