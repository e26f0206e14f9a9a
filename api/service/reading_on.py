"""Reads a kept document with the reranker while nobody waits for an answer, so that questions need not wait for it.

It decides nothing: the answers are the same, only sooner.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from api.service.turns import Turns
from engine.collection import Collection
from engine.errors import WinnowError
from engine.protocols import Remembers
from engine.query.passages.as_read import passage_of
from engine.query.pipeline import Searcher
from engine.types import RowId

log = logging.getLogger(__name__)

_AT_ONCE = 4  # passages: a question that comes meanwhile waits for them, some tens of milliseconds
_PATIENCE = 5.0  # seconds that the end of the service waits for them
_ANY = "What is it about?"  # passages are read apart from the question

Opened = Callable[[str], AbstractContextManager[Collection]]  # a kept document by its handle; WinnowError if it is gone


class ReadingOn:
    """One thread, which reads document after document while nobody waits for an answer. `turns` are those of searches.

    Only a reranker that remembers passages has anything to gain.
    """

    def __init__(self, opened: Opened, turns: Turns) -> None:
        self._opened = opened
        self._turns = turns
        self._waiting: deque[str] = deque()  # handles
        self._changed = threading.Condition()
        self._asking = 0
        self._closed = False
        self._thread: threading.Thread | None = None

    def begin(self, handle: str) -> None:
        """Have a document read."""
        with self._changed:
            self._waiting.append(handle)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="reads kept documents", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """While somebody waits for an answer, nothing more is begun."""
        with self._changed:
            self._asking += 1
        try:
            yield
        finally:
            with self._changed:
                self._asking -= 1
                self._changed.notify_all()

    def close(self) -> None:
        """End the thread, once it has read the passages that it is at; it is not waited for long."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(_PATIENCE)

    def _run(self) -> None:
        while self._may_go_on(lambda: bool(self._waiting)):
            handle = self._waiting.popleft()
            try:
                with self._opened(handle) as document:
                    self._read(document.searcher)
            except WinnowError as error:  # it was forgotten meanwhile
                log.info("A kept document is not read to its end: %s", error)
            except Exception:
                log.exception("A kept document cannot be read to its end")

    def _read(self, searcher: Searcher) -> None:
        generation = searcher.generation
        rows = [RowId(place, row) for place, segment in enumerate(generation.segments) for row in range(segment.rows)]
        for start in range(0, len(rows), _AT_ONCE):
            some = rows[start : start + _AT_ONCE]
            if not self._may_go_on():
                return
            with self._turns.one():
                read = searcher.judge(_ANY, some, [])
            if read is None or not _remembers(searcher, some):
                return

    def _may_go_on(self, wanted: Callable[[], bool] = lambda: True) -> bool:
        """Wait until nobody waits for an answer, and there is what is `wanted`; False once it is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or (not self._asking and wanted()))
            return not self._closed


def _remembers(searcher: Searcher, rows: list[RowId]) -> bool:
    """Whether the reranker has kept anything of the passages in these rows."""
    reranker = searcher.reranker
    passages = [passage_of(searcher.generation, row) for row in rows]
    return isinstance(reranker, Remembers) and any(reranker.remembered(passages))
