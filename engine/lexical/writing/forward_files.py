"""The files of a forward index (engine/lexical/forward_index.py), written row by row once its terms are known."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.lexical.forward_index import FILES, ForwardRows


class ForwardFiles:
    """A context that writes into `directory`, which exists. Durability is left to the caller."""

    def __init__(self, directory: Path, terms: Sequence[bytes]) -> None:
        """`terms` are sorted, in UTF-8; their ids are their places."""
        self._directory = directory
        self._frequency = np.zeros(len(terms), np.int64)
        self._pairs = 0
        self._closing = ExitStack()
        self._streams = {name: self._closing.enter_context((directory / FILES[name][0]).open("wb")) for name in FILES}
        self._append("terms", np.frombuffer(b"".join(terms), np.uint8))
        self._append("term_ends", np.cumsum([0, *map(len, terms)]))
        self._append("row_ends", np.zeros(1, np.int64))

    def add(self, rows: ForwardRows) -> None:
        """Further rows, behind those that are there."""
        ends = self._pairs + np.cumsum(rows.row_sizes, dtype=np.int64)
        self._pairs += len(rows.term_ids)
        self._frequency += np.bincount(rows.term_ids, minlength=len(self._frequency))
        self._append("row_ends", ends)
        for name in ("term_ids", "title_tf", "body_tf", "title_length", "body_length"):
            self._append(name, getattr(rows, name))

    def _append(self, name: str, array: NDArray[Any]) -> None:
        """A plain write says why it fails, which NumPy's own `tofile` does not."""
        self._streams[name].write(np.ascontiguousarray(array, FILES[name][1]).data)

    def __enter__(self) -> ForwardFiles:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self._closing:
            if error is None:
                self._append("document_frequency", self._frequency)
