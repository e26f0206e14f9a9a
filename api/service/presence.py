"""Whether the home is still there: one that was renamed or unmounted must not look like one that is empty."""

from __future__ import annotations

import os
from pathlib import Path

from engine.errors import HomeMissing
from engine.store.layout import Home


class Presence:
    """Remembers what was seen of a home. A new one, which has no folder or no catalogue yet, misses nothing."""

    def __init__(self, home: Path) -> None:
        self._parts = (Home(home).catalogue, home)
        self._seen: set[Path] = set()
        self.check()

    def check(self) -> None:
        """Raise HomeMissing if the folder or the catalogue was there once and is not now. It takes some
        microseconds.
        """
        for place, part in enumerate(self._parts):
            if os.path.exists(part):  # noqa: PTH110 - Path.exists raises where a disk fails
                self._seen.update(self._parts[place:])  # the catalogue lies in the home
                return
            if part in self._seen:
                raise HomeMissing(
                    f"{part} was here when the service started, and is gone.",
                    "Mount the home again, or bring it back to its place; nothing has to be restarted. "
                    "`winnow repair --catalogue` makes a lost catalogue again.",
                )
