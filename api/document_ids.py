"""How a person names a stored document: by its id, or by the path that ingest took."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from engine.store.generation import Generation

_NUMBER = re.compile(r"(.+):(\d{1,15})", re.S)


def absolute(name: str) -> str:
    """The place of a file as ingest sees it: a URL as it is, a path whose links are not followed."""
    return name if "://" in name else Path(os.path.abspath(Path(name).expanduser())).as_posix()  # noqa: PTH100


def stored_id(generation: Generation, name: str) -> str:
    """`name` if there is such a document, else the id of the file at this path if there is that; else `name`."""
    place = absolute(name)
    meant = (name, generation.manifest.roots.id_of(place), place)
    return next((one for one in meant if generation.find(one) is not None), name)


def cut(text: str) -> Iterator[tuple[str, int, int | None]]:
    """Readings of `ID[:FROM[:TO]]`, the longest id first, as ids may hold colons: (id, first, end)."""
    yield text, 0, None
    if last := _NUMBER.fullmatch(text):
        yield last[1], int(last[2]), None
        if first := _NUMBER.fullmatch(last[1]):
            yield first[1], int(first[2]), int(last[2])
