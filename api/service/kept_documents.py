"""Documents that were asked about and are kept for more questions: a directory each, named by its handle.

All processes of a service share them, so that the next question may go to another one.

    HANDLE/owner    who may ask about it; the time of modification is when the document expires
    HANDLE/home/    the document's collection
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from api.errors import DocumentExpired
from api.service.open_collections import OpenCollections, Shared
from engine.collection import Collection, open_collection
from engine.errors import WinnowError
from engine.protocols import ModelSource
from indexer.in_document import NAME

_HANDLE = re.compile(r"[A-Za-z0-9_-]{22}")


class KeptDocuments:
    """Keeps at most `most` documents; those that were asked about longest ago go first. Safe under threads."""

    def __init__(self, directory: Path, models: ModelSource, most: int) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._models = models
        self._most = most
        self._open = OpenCollections[str]()  # in this process

    @contextmanager
    def new(self, owner: str, seconds: float) -> Iterator[tuple[str, Path]]:
        """A handle and a home for a document that expires in so many seconds; nothing is left of it on an error."""
        handle = secrets.token_urlsafe(16)
        home = self._directory / handle / "home"
        home.mkdir(parents=True, mode=0o700)
        until = time.time() + seconds
        marker = home.with_name("new")
        marker.write_text(owner, encoding="utf-8")
        os.utime(marker, (until, until))
        marker.replace(self._marker(handle))
        try:
            yield handle, home
        except BaseException:
            self._drop([handle])
            raise
        self._drop_old()

    @contextmanager
    def use(self, handle: str, owner: str, seconds: float) -> Iterator[Collection]:
        """The document's collection, kept for so many more seconds. DocumentExpired, also for another owner's."""
        self._check(handle, owner)
        self._prolong(handle, seconds)
        with self._entered(handle) as collection:
            yield collection

    @contextmanager
    def look(self, handle: str) -> Iterator[Collection]:
        """The document's collection, for something that nobody asked for: it is kept no longer. WinnowError if it is
        gone.
        """
        with self._entered(handle) as collection:
            yield collection

    def open_in(self, home: Path) -> Collection:
        """The collection of a document that is not kept."""
        return open_collection(NAME, home=home, models=self._models)

    def drop(self, handle: str, owner: str) -> None:
        """Forget a kept document. DocumentExpired if the owner has no such document."""
        self._check(handle, owner)
        self._drop([handle])

    def close(self) -> None:
        """Close what this process has open."""
        self._open.retire(lambda handle, collection: True)

    def _marker(self, handle: str) -> Path:
        return self._directory / handle / "owner"

    def _check(self, handle: str, owner: str) -> None:
        if _HANDLE.fullmatch(handle):
            marker = self._marker(handle)
            with suppress(FileNotFoundError):
                if marker.read_text(encoding="utf-8") == owner and marker.stat().st_mtime > time.time():
                    return
        raise _expired()

    def _prolong(self, handle: str, seconds: float) -> None:
        until = time.time() + seconds
        with suppress(FileNotFoundError):
            os.utime(self._marker(handle), (until, until))

    @contextmanager
    def _entered(self, handle: str) -> Iterator[Collection]:
        """The open collection. DocumentExpired where somebody drops it meanwhile, which then looks like damage."""
        try:
            opened = self._enter(handle)
            try:
                yield opened.collection
            finally:
                self._open.leave(opened)
        except (WinnowError, OSError):
            if self._marker(handle).exists():
                raise
            raise _expired() from None

    def _enter(self, handle: str) -> Shared:
        self._open.retire(lambda known, collection: not self._marker(known).exists())
        if (opened := self._open.enter(handle)) is not None:
            return opened
        return self._open.add(handle, self.open_in(self._directory / handle / "home"))

    def _drop_old(self) -> None:
        ages = []
        for folder in self._directory.iterdir():
            with suppress(FileNotFoundError):
                ages.append((self._marker(folder.name).stat().st_mtime, folder.name))
        ages.sort(reverse=True)
        now = time.time()
        self._drop([name for place, (until, name) in enumerate(ages) if place >= self._most or until <= now])

    def _drop(self, handles: list[str]) -> None:
        for handle in handles:
            self._marker(handle).unlink(missing_ok=True)  # first, for those who look while the rest goes
            shutil.rmtree(self._directory / handle, ignore_errors=True)
        self._open.retire(lambda handle, collection: handle in handles)


def _expired() -> DocumentExpired:
    return DocumentExpired("The document is not kept any more, or never was.", "Send it again.")
