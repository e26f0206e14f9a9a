"""Which documents an ingest reads: those at and under some places, but for what is left out there."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import TypeGuard
from urllib.parse import unquote

from indexer.choice import spread_sources
from indexer.folders.roots import Place
from indexer.parsers import Parser
from indexer.parsers.ocr.recognition import check_available
from indexer.sources.ignoring import Ignoring, ignoring
from indexer.sources.meter import Meter, metered
from indexer.sources.remote import is_web, remote_sources
from indexer.sources.source import Failed, Remember, Skipped, Source, discover
from indexer.sources.web.address import Scope, is_site
from indexer.sources.web.crawl import site_sources
from indexer.sources.web.fetching import Bounds
from indexer.sources.web.visited import Visited

_FILE = re.compile(r"file://(?:localhost)?(?=/)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Selection:
    """`root` is what the root of the one place is called (indexer/folders/roots.py).

    `include` and `exclude` are patterns as in .gitignore.
    """

    places: tuple[Place, ...]
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    root: str | None = None
    remember: Remember | None = None  # what is known of files that have not changed
    reader: Parser | None = None  # of all files, whatever they are
    ocr: bool = False  # pictures are read, too
    bounds: Bounds = field(default_factory=Bounds)  # of crawls
    visited: Visited = field(default_factory=Visited)  # what is remembered of pages of the web

    @property
    def paths(self) -> list[Path]:
        """The places on this machine."""
        return [place for place in self.places if isinstance(place, Path)]

    @property
    def held(self) -> list[Place]:
        """The places whose documents these are: of a site, the part that is crawled. UsageError."""
        return [Scope.of(url, self.bounds.scope).address if self._is_crawled(url) else url for url in self.places]

    def recalling(self, home: Path, collection: str) -> Selection:
        """The same selection, with what is remembered of the collection's pages."""
        crawls = any(map(self._is_crawled, self.places))
        return replace(self, visited=Visited.of(home, collection)) if crawls else self

    def _is_crawled(self, place: Place) -> TypeGuard[str]:
        scoped = self.bounds.scope is not None
        return isinstance(place, str) and is_web(place) and (scoped or is_site(place))

    def sources(self, home: Path, *, or_gone: bool = False) -> Iterator[Source | Skipped | Failed]:
        """The sources that are found there, lazily, under absolute ids. `or_gone`: a path that is not there
        holds nothing.

        At once: SourceNotFound; UsageError for a pattern that cannot be used; DependencyMissing for OCR; and what
        `remote_sources` and `site_sources` raise.
        """
        if self.ocr:
            check_available()
        paths, ignore = self._there(or_gone), self._ignoring(home)
        remote = [self._remote(url, ignore.remote) for url in self.places if isinstance(url, str)]
        return chain(discover(paths, ignore, self.remember, self.reader, ocr=self.ocr), *remote, _problems(ignore))

    def _remote(self, url: str, left_out: Callable[[str], str | None]) -> Iterator[Source | Skipped | Failed]:
        if self._is_crawled(url):
            return site_sources(url, self.bounds, self.visited, left_out)
        return remote_sources(url, left_out, ocr=self.ocr)

    def sample(self, home: Path) -> Iterable[Source | Skipped | Failed]:
        """A few of the sources, from files that are evenly spread. SourceNotFound."""
        return spread_sources(self.paths, self._ignoring(home), ocr=self.ocr)

    @contextmanager
    def metered(self, home: Path, *, or_gone: bool = False) -> Iterator[Meter]:
        """Count the bytes that are read until the end of the block; how many there are is known of paths only."""
        with metered(self._there(or_gone), self._ignoring(home)) as meter:
            if len(self.paths) < len(self.places):
                meter.size = None
            yield meter

    def _there(self, or_gone: bool) -> list[Path]:
        return [path for path in self.paths if not or_gone or os.path.lexists(path)]

    def _ignoring(self, home: Path) -> Ignoring:
        return ignoring(self.paths, self.include, self.exclude, home)


def place_of(text: str) -> Place:
    """The place that somebody has named: URLs are told from paths by their `://`, and file:///a/b is a path."""
    if "://" not in text:
        return Path(text)
    of_this_machine = _FILE.match(text)
    return Path(unquote(text[of_this_machine.end() :])) if of_this_machine else text


def _problems(ignore: Ignoring) -> Iterator[Failed]:
    """Patterns that were not obeyed, once all has been found."""
    yield from ignore.problems
