"""Winnow's packages have plain names (`engine`, `api`): here they are found beside this one, whatever lies elsewhere.

A folder of documents may well hold an `engine.py` or an `api/` of its own, and Python looks there first.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PACKAGES = ("engine", "indexer", "api", "benchmarks", "data")
_FOLDER = Path(__file__).resolve().parents[1]


@contextmanager
def own_packages() -> Iterator[None]:
    """Imports inside find Winnow's own packages before any file or folder of the same name.

    Raises:
        ImportError: a foreign module of such a name was imported before.
    """
    for name in PACKAGES:
        loaded = sys.modules.get(name)
        if loaded is not None and not _ours(getattr(loaded, "__file__", None), list(getattr(loaded, "__path__", []))):
            raise ImportError(
                f"A module named {name!r} that is not Winnow's was imported before it ({loaded!r}). "
                "Import winnow first, or rename that module."
            )
    sys.path.insert(0, str(_FOLDER))
    try:
        for name in PACKAGES:  # found now, while the folder is first; their modules are found in them later
            __import__(name)
        yield
    finally:
        sys.path.remove(str(_FOLDER))


def _ours(file: str | None, paths: list[str]) -> bool:
    return any(Path(path).resolve().is_relative_to(_FOLDER) for path in [*([file] if file else []), *paths])
