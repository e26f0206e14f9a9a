"""A segment's index: which kind it gets when it is written, its two files, and how they are opened.

    index.bin     what the kind's library wrote
    index.json    {"kind", "rows", "bytes"}: what it is, and how long, since no library notices a truncated file safely

Both are part of the segment, so segment.json holds their checksums, and they can be rebuilt from the codes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.damage import damage_typed
from engine.errors import StoreDamaged, UsageError
from engine.settings import settings
from engine.types import Float32, Rows
from engine.vectors.codecs import Codes

if TYPE_CHECKING:
    from engine.vectors.kinds.base import Kind, SegmentCodes, VectorIndex

INDEX, DESCRIPTION = "index.bin", "index.json"

AUTO, EXACT, GPU = "auto", "exact", "faiss-gpu"
AUTO_KIND = "faiss-hnsw"
AUTO_ROWS = 10_000_000  # up to here an exact scan takes some 30 ms (benchmarks/RESULTS.md), and misses nothing

_REMEDY = "Run `winnow verify`; search with WINNOW_INDEX_KIND=exact meanwhile, which does not read it."


@dataclass(frozen=True, slots=True)
class SegmentIndex:
    """An opened index with the name of its kind."""

    kind: str
    index: VectorIndex

    @property
    def finer(self) -> bool:
        """Whether it chooses by something finer than the Hamming distance."""
        kinds = _kinds()
        return self.kind in kinds and kinds[self.kind].finer

    def nearest(self, query: Float32, k: int) -> Rows:
        with damage_typed(f"An index of the kind {self.kind} cannot be searched", _REMEDY):
            return self.index.nearest(query, k)


def chosen_kind(rows: int) -> str | None:
    """The kind that a new segment of so many rows gets by WINNOW_INDEX_KIND; None for no index. UsageError."""
    kind = settings().index_kind
    if kind in (AUTO, EXACT, GPU):
        return AUTO_KIND if kind == AUTO and rows > AUTO_ROWS else None
    if kind not in _kinds():
        known = ", ".join((AUTO, EXACT, GPU, *_kinds()))
        raise UsageError(f"There is no index kind {kind!r}.", f"Set WINNOW_INDEX_KIND to one of: {known}.")
    return kind


def _kinds() -> Mapping[str, Kind]:
    """The kinds by name, imported when first needed: most segments have no index."""
    from engine.vectors.kinds import KINDS

    return KINDS


def build_index(directory: Path, codes: SegmentCodes, kind: str) -> None:
    """Write the index of `codes` into the directory of their files, nothing where there are no rows.

    Syncing is the caller's. DependencyMissing if the kind's library is not installed.
    """
    rows = len(codes.scale)
    if rows == 0:
        return
    path = directory / INDEX
    _kinds()[kind].build(codes, path)
    description = {"kind": kind, "rows": rows, "bytes": path.stat().st_size}
    (directory / DESCRIPTION).write_text(json.dumps(description) + "\n", encoding="utf-8")


def open_index(directory: Path, binary: Codes) -> SegmentIndex | None:
    """The segment's index, or None where it has none. WINNOW_INDEX_KIND overrides it: with `exact` none is opened, with
    `faiss-gpu` the codes (n, d/8) are copied to the GPU.

    StoreDamaged if a file is missing, truncated or of another segment; DependencyMissing.
    """
    if settings().index_kind == GPU and len(binary):
        from engine.vectors.kinds.faiss_gpu import upload

        return SegmentIndex(GPU, upload(binary))
    described = directory / DESCRIPTION
    if settings().index_kind == EXACT or not described.exists():
        return None
    try:
        description = json.loads(described.read_text(encoding="utf-8"))
        kind, rows, size = description["kind"], description["rows"], description["bytes"]
    except (ValueError, KeyError, TypeError) as error:
        raise StoreDamaged(f"{described} cannot be read: {error!r}.", _REMEDY) from error
    path = directory / INDEX
    found = path.stat().st_size if path.exists() else -1
    if kind not in _kinds() or rows != len(binary) or size != found:
        raise StoreDamaged(
            f"{path} has {found} bytes instead of {size}, or is not a {kind!r} index of {len(binary)} rows.", _REMEDY
        )
    with damage_typed(f"{path} cannot be opened", _REMEDY):
        return SegmentIndex(kind, _kinds()[kind].open(path))
