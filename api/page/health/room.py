"""The disk under the home: what the collections take, what else lies there, what is free."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from api.page.health.charts import Rect, strip
from engine.store.collections import CollectionStats

_LEAST = 2**30  # bytes that should be free in any case


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes on the disk; `wanted` is what should be free: a merge writes a collection again before the old one goes."""

    taken: int
    else_taken: int
    free: int
    wanted: int
    bar: tuple[Rect, ...]

    @property
    def good(self) -> bool:
        return self.free >= self.wanted


def room(home: Path, collections: Sequence[CollectionStats]) -> Room:
    """The room under a home that may not be there yet."""
    place = next(one for one in (home.absolute(), *home.absolute().parents) if one.exists())
    usage = shutil.disk_usage(place)
    taken = sum(one.bytes for one in collections)
    rest = max(usage.total - usage.free - taken, 0)
    wanted = max(_LEAST, *(one.bytes for one in collections)) if collections else _LEAST
    return Room(taken, rest, usage.free, wanted, strip([("part", taken), ("other", rest), ("rest", usage.free)]))
