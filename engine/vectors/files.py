"""The vectors of one segment on disk: three raw arrays, memory-mapped, never read as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import StoreDamaged
from engine.types import Float32
from engine.vectors.codecs import Codes, Int8, binary_codes, int8_codes

BINARY, INT8, SCALE = "binary.u8", "int8.i8", "scale.f32"


def write_vectors(directory: Path, vectors: Float32) -> None:
    """Write the codes of (n, d) float32 vectors into `directory`, which is created. Syncing is the caller's."""
    directory.mkdir(parents=True, exist_ok=True)
    codes, scale = int8_codes(vectors)
    for name, array in ((BINARY, binary_codes(vectors)), (INT8, codes), (SCALE, scale)):
        with (directory / name).open("wb") as stream:  # NumPy's tofile says nothing where its last write fails
            stream.write(array.tobytes())


@dataclass(frozen=True, slots=True)
class VectorFiles:
    """Memory maps of one segment: `binary` (n, d/8) uint8, `int8` (n, d) int8, `scale` (n,) float32."""

    binary: Codes
    int8: Int8
    scale: Float32

    @property
    def rows(self) -> int:
        return len(self.scale)

    @staticmethod
    def open(directory: Path, rows: int, dimension: int) -> VectorFiles:
        """Map the files; StoreDamaged if one is missing or has another size than (rows, dimension) says."""
        return VectorFiles(
            binary=_map(directory / BINARY, np.uint8, (rows, (dimension + 7) // 8)),
            int8=_map(directory / INT8, np.int8, (rows, dimension)),
            scale=_map(directory / SCALE, np.float32, (rows,)),
        )

    @staticmethod
    def of(vectors: Float32) -> VectorFiles:
        """The same codes held in memory, for a handful of vectors that are never stored."""
        codes, scale = int8_codes(vectors)
        return VectorFiles(binary_codes(vectors), codes, scale)


def _map(path: Path, dtype: Any, shape: tuple[int, ...]) -> NDArray[Any]:
    expected = int(np.prod(shape)) * np.dtype(dtype).itemsize
    size = path.stat().st_size if path.exists() else -1
    if size != expected:
        found = "is missing" if size < 0 else f"has {size} bytes instead of {expected}"
        raise StoreDamaged(f"{path} {found}.", "Run `winnow verify`, then ingest the documents again.")
    if expected == 0:  # an empty file cannot be mapped
        return np.empty(shape, dtype)
    return np.memmap(path, dtype, mode="r", shape=shape)
