"""Which documents an ingest reads: those at and under some places, but for what is left out there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from indexer.choice import spread_sources
from indexer.roots import Place
from indexer.sources.ignoring import Ignoring, ignoring
from indexer.sources.source import Failed, Skipped, Source, discover


@dataclass(frozen=True, slots=True)
class Selection:
    """`root` is what the root of the one place is called (indexer/roots.py); `include` and `exclude` are patterns as in
    .gitignore.
    """

    places: tuple[Place, ...]
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    root: str | None = None

    @property
    def paths(self) -> list[Path]:
        """The places on this machine."""
        return [place for place in self.places if isinstance(place, Path)]

    def sources(self, home: Path, *, or_gone: bool = False) -> Iterator[Source | Skipped | Failed]:
        """What is found there, lazily, under absolute ids. `or_gone`: a path that is not there holds nothing.

        SourceNotFound, at once; UsageError for a pattern that cannot be used.
        """
        paths = [path for path in self.paths if not or_gone or os.path.lexists(path)]
        ignore = self._ignoring(home)
        return chain(discover(paths, ignore), _problems(ignore))

    def sample(self, home: Path) -> list[Source | Skipped | Failed]:
        """A few of the sources, from files that are evenly spread. SourceNotFound."""
        return spread_sources(self.paths, self._ignoring(home))

    def _ignoring(self, home: Path) -> Ignoring:
        return ignoring(self.paths, self.include, self.exclude, home)


def _problems(ignore: Ignoring) -> Iterator[Failed]:
    """What was not obeyed, once all has been found."""
    yield from ignore.problems
