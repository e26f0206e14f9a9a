"""Missing optional packages, reported in one way. `tests/unit/api/test_reach.py` holds every command to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from engine.errors import DependencyMissing

_OURS = ("api", "benchmarks", "data", "engine", "indexer", "winnow")


@contextmanager
def needs(extra: str, user: str) -> Iterator[None]:
    """Imports inside the block come with `extra`. DependencyMissing, which names it, if one cannot be found."""
    try:
        yield
    except ModuleNotFoundError as error:
        missing = error.name or "a package"
        if missing.partition(".")[0] in _OURS:
            raise
        raise DependencyMissing(
            f"{user} needs {missing.partition('.')[0]}.", f"Install the extra: pip install 'winnow-search[{extra}]'."
        ) from error
