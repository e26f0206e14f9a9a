"""Which row of a segment a document of its tantivy index is, wherever that was copied from.

A row is known to tantivy by the number of its origin, the segment that analysed it, and by its row there. Merging
copies indexes, and tantivy puts parts of them together in an order of its own; so a segment keeps a list of its
origins, whose rows stand one after the other, and the analyser that all of them come from.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.damage import damage_typed
from engine.types import Rows

FILE = "origins.json"
_ROW_BITS = 32
_REMEDY = "Run `winnow repair` with the collection's name: it rebuilds the index."


def new_origin() -> int:
    """A number that no other segment has, in all likelihood. Whoever copies rows makes sure of that."""
    return secrets.randbits(_ROW_BITS)


def key_of(origin: int, row: int) -> int:
    """The number by which tantivy knows a row: less than 2**64."""
    return origin << _ROW_BITS | row


@dataclass(frozen=True)
class Origins:
    """The origins of a segment's rows, in order: `numbers`, and how many `rows` are of each. Origin 0 alone: a segment
    of a format that knew no origins.
    """

    analyser: str
    numbers: tuple[int, ...]
    rows: tuple[int, ...]

    @staticmethod
    def read(directory: Path) -> Origins:
        """The origins of the indexes in `directory`. Raises StoreDamaged."""
        path = directory / FILE
        if not path.exists():
            return Origins("", (0,), (1 << _ROW_BITS,))
        with damage_typed(f"{path} cannot be read", _REMEDY):
            data = json.loads(path.read_bytes())
            return Origins(str(data["analyser"]), tuple(map(int, data["numbers"])), tuple(map(int, data["rows"])))

    def write(self, directory: Path) -> None:
        """Write them beside the indexes. Durability is left to the caller."""
        data = {"analyser": self.analyser, "numbers": self.numbers, "rows": self.rows}
        (directory / FILE).write_text(json.dumps(data), "utf-8")

    def rows_of(self, keys: NDArray[np.uint64]) -> Rows:
        """The rows that tantivy knows by `keys`."""
        numbers, order, first = self._sorted
        place = order[np.searchsorted(numbers, keys >> np.uint64(_ROW_BITS))]
        rows: Rows = first[place] + (keys & np.uint64((1 << _ROW_BITS) - 1)).astype(np.int64)
        return rows

    @cached_property
    def _sorted(self) -> tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64]]:
        numbers, rows = np.array(self.numbers, np.uint64), np.array(self.rows, np.int64)
        order = np.argsort(numbers)
        return numbers[order], order, np.cumsum(rows) - rows
