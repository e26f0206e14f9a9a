"""Where the shared collections and sample documents lie, which no checkout has to have."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("WINNOW_SHARED", ROOT.parent / "shared"))


def shared(*parts: str) -> Path:
    """A path in the shared folder; the test is skipped where it is absent."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"{'/'.join(parts)} is not there (set WINNOW_SHARED)")
    return path


def unpacked(name: str, folder: Path) -> Path:
    """The sample archive `<name>.tar.gz`, unpacked in `folder`."""
    with tarfile.open(shared("samples", f"{name}.tar.gz")) as archive:
        archive.extractall(folder, filter="data")
    return folder
