"""The vectors of one segment on disk: three raw arrays, memory-mapped, never read as a whole, and perhaps an index."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import StoreDamaged
from engine.types import Float32, Rows
from engine.vectors.codecs import Codes, Int8, binary_codes, int8_codes
from engine.vectors.index import SegmentIndex, build_index, chosen_kind, open_index

BINARY, INT8, SCALE = "binary.u8", "int8.i8", "scale.f32"
FILES: dict[str, Callable[[int], int]] = {  # bytes of a row, by dimension
    BINARY: lambda dimension: (dimension + 7) // 8,
    INT8: lambda dimension: dimension,
    SCALE: lambda dimension: 4,
}
_BLOCK = 8192  # rows copied at a time


def write_vectors(directory: Path, vectors: Float32) -> None:
    """Write the codes of (n, d) float32 vectors into `directory`, which is created, with an index if one is chosen.

    Syncing is the caller's.
    """
    directory.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        (directory / name).write_bytes(b"")
    append_vectors(directory, vectors)
    index_vectors(directory, *vectors.shape)


def index_vectors(directory: Path, rows: int, dimension: int) -> None:
    """Build the index of the codes that are there, if one is chosen for so many. Syncing is the caller's."""
    if (kind := chosen_kind(rows)) is not None:
        build_index(directory, VectorFiles.open(directory, rows, dimension), kind)


def append_vectors(directory: Path, vectors: Float32) -> None:
    """Write the codes of more rows behind those that are there. Syncing is the caller's."""
    codes, scale = int8_codes(vectors)
    for name, array in ((BINARY, binary_codes(vectors)), (INT8, codes), (SCALE, scale)):
        _append(directory / name, [array])


def copy_vectors(directory: Path, sources: Sequence[tuple[VectorFiles, Rows]]) -> None:
    """Write the given rows of several segments, one after the other, into `directory`, which is created, with an index
    if one is chosen.
    """
    directory.mkdir(parents=True, exist_ok=True)
    for name, part in ((BINARY, "binary"), (INT8, "int8"), (SCALE, "scale")):
        blocks = (
            getattr(files, part)[rows[start : start + _BLOCK]]
            for files, rows in sources
            for start in range(0, len(rows), _BLOCK)
        )
        _append(directory / name, blocks)
    if sources:
        index_vectors(directory, sum(len(rows) for _, rows in sources), sources[0][0].int8.shape[1])


@dataclass(frozen=True, slots=True)
class VectorFiles:
    """Memory maps of one segment: `binary` (n, d/8) uint8, `int8` (n, d) int8, `scale` (n,) float32."""

    binary: Codes
    int8: Int8
    scale: Float32
    index: SegmentIndex | None = None

    @property
    def rows(self) -> int:
        return len(self.scale)

    @staticmethod
    def open(directory: Path, rows: int, dimension: int) -> VectorFiles:
        """Map the files; StoreDamaged if one is missing or has another size than (rows, dimension) says."""
        binary = _map(directory / BINARY, np.uint8, (rows, (dimension + 7) // 8))
        return VectorFiles(
            binary=binary,
            int8=_map(directory / INT8, np.int8, (rows, dimension)),
            scale=_map(directory / SCALE, np.float32, (rows,)),
            index=open_index(directory, binary),
        )

    @staticmethod
    def of(vectors: Float32) -> VectorFiles:
        """The same codes held in memory, for a handful of vectors that are never stored."""
        codes, scale = int8_codes(vectors)
        return VectorFiles(binary_codes(vectors), codes, scale)


def _append(path: Path, arrays: Iterable[NDArray[Any]]) -> None:
    """NumPy's own `tofile` does not say why it failed, so that a full disk would go unnoticed as such."""
    with path.open("ab") as stream:
        for array in arrays:
            stream.write(np.ascontiguousarray(array).tobytes())


def _map(path: Path, dtype: Any, shape: tuple[int, ...]) -> NDArray[Any]:
    expected = int(np.prod(shape)) * np.dtype(dtype).itemsize
    size = path.stat().st_size if path.exists() else -1
    if size != expected:
        found = "is missing" if size < 0 else f"has {size} bytes instead of {expected}"
        raise StoreDamaged(f"{path} {found}.", "Run `winnow repair` with the collection's name: it rebuilds them.")
    if expected == 0:  # an empty file cannot be mapped
        return np.empty(shape, dtype)
    return np.asarray(np.memmap(path, dtype, mode="r", shape=shape))  # indexing a numpy.memmap itself is slow
