"""What optional packages are missing, said in one way. Imports nothing, as the client uses it too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

_OURS = ("api", "engine", "indexer")


@contextmanager
def needs(extra: str, user: str) -> Iterator[None]:
    """Imports inside the block come with `extra`. DependencyMissing, which names it, if one cannot be found."""
    try:
        yield
    except ModuleNotFoundError as error:
        missing = error.name or "a package"
        if missing.partition(".")[0] in _OURS:
            raise
        from engine.errors import DependencyMissing

        raise DependencyMissing(
            f"{user} needs {missing}.", f"Install the extra: pip install 'winnow-search[{extra}]'."
        ) from error
