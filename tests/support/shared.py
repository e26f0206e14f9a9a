"""The shared collections and samples, which lie beside the repository and are never copied into it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("WINNOW_SHARED", ROOT.parent / "shared"))


def shared_data(name: str) -> Path:
    """A judged collection by name; the test is skipped where it is absent."""
    return _or_skip(SHARED / "data" / name)


def shared_sample(name: str) -> Path:
    """An archive of sample documents by name; the test is skipped where it is absent."""
    return _or_skip(SHARED / "samples" / name)


def _or_skip(path: Path) -> Path:
    if not path.exists():
        pytest.skip(f"{path} is absent: set WINNOW_SHARED to the folder that holds data/ and samples/")
    return path
