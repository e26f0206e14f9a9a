"""The sealed lists of checksums, segment.json and vectors.json: each file beside one of them, its size and SHA-256."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.fingerprint import digest_file
from engine.store import names
from engine.store.sealed import read_sealed


@dataclass(frozen=True, slots=True)
class ListedFile:
    """The expected state of a file: its size in bytes and its SHA-256."""

    size: int
    sha256: str

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> ListedFile:
        size = names.whole_number(data["size"], "a size in bytes")
        return ListedFile(size, names.check(names.SHA256, data["sha256"], "a checksum"))


def describe(files: Mapping[str, Path], digest: Callable[[Path], str] = digest_file) -> dict[str, dict[str, Any]]:
    """The entries of a list, by the name that each file has in it. Reads every byte."""
    return {name: {"size": path.stat().st_size, "sha256": digest(path)} for name, path in files.items()}


def read_listing(path: Path) -> dict[str, ListedFile]:
    """The files beside a list, by path relative to it. StoreDamaged, also for a path that leads elsewhere."""
    with names.typed(path, "a list of checksums"):
        files = names.mapping(read_sealed(path)["files"], "a list of files", ListedFile.from_json)
        return {names.check_file(name): file for name, file in files.items()}
