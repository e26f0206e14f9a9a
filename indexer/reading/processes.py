"""Processes that read and cut documents beside this one, a batch at a time, and do what else may be done elsewhere."""

from __future__ import annotations

import logging
import os
import pickle
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, Generic, TypeVar

from engine.child import module_command
from engine.errors import ParseFailed
from indexer.reading.reading import Reader, Reading, unpacked
from indexer.reading.worker import Outcome, Work, outcomes

log = logging.getLogger(__name__)

_T = TypeVar("_T")


class Batch:
    """Documents that are read together, and what became of them once it is `done`."""

    def __init__(self) -> None:
        self.work: Work = []
        self.done = False
        self.outcomes: bytes | list[Outcome] = b""  # pickled as long as nobody needs them

    @property
    def asked(self) -> Work:
        return self.work

    def reading(self, place: int, reader: Reader) -> Reading:
        """The document at a place of a batch that is done. ParseFailed, and what else parsing it raises."""
        if isinstance(self.outcomes, bytes):
            self.outcomes = pickle.loads(self.outcomes) if self.outcomes else [None] * len(self.work)  # noqa: S301  ours
        outcome, self.outcomes[place] = self.outcomes[place], None
        document_id, parse = self.work[place]
        if outcome is None:
            return reader.read(document_id, parse)
        if len(outcome) == 2:
            raise ParseFailed(*outcome)
        return unpacked(document_id, outcome)


class _Task(Generic[_T]):
    """Something else that is done, and what it returned once it is `done`: pickled, or None if it failed."""

    def __init__(self, asked: Callable[[], _T]) -> None:
        self.asked = asked
        self.done = False
        self.outcomes: bytes | list[Outcome] = b""

    def result(self) -> _T:
        """The outcome of the task: what failed elsewhere is done here once more."""
        found = pickle.loads(self.outcomes) if isinstance(self.outcomes, bytes) and self.outcomes else None  # noqa: S301
        return self.asked() if found is None else found


class Processes:
    """`count` processes, which end with this one. Batches are begun in the order in which they are given."""

    def __init__(self, count: int, reader: Reader) -> None:
        self._reader = reader
        self._waiting: deque[Batch] = deque()
        self._task: _Task[Any] | None = None  # that nobody has begun
        self._changed = threading.Condition()
        self._closed = False
        self._children: list[subprocess.Popen[bytes]] = []
        self._threads: list[threading.Thread] = []
        try:
            for _ in range(count):
                self._start()
        except OSError as error:
            log.warning("No further process can be started to read documents: %s.", error)
        except BaseException:
            self.close()
            raise

    def give(self, batch: Batch) -> None:
        """Have a batch read when its turn comes."""
        with self._changed:
            self._waiting.append(batch)
            self._changed.notify_all()

    def reading(self, batch: Batch, place: int) -> Reading:
        """The document at a place of a batch that was given. While others are at it, this process reads what waits.

        ParseFailed, and what else parsing the document raises.
        """
        while not batch.done:
            if not self._read_another():
                with self._changed:
                    self._changed.wait_for(lambda: batch.done)
        return batch.reading(place, self._reader)

    def do(self, task: Callable[[], _T]) -> _T:
        """The value that `task` returns, which is not None. Where documents wait to be read, another process does it,
        and this one reads them meanwhile. A task that is cut short or fails elsewhere is begun again here, and raises
        its errors.
        """
        given = _Task(task)
        with self._changed:
            if self._waiting and not self._closed:
                self._task = given
                self._changed.notify_all()
            else:
                given.done = True
        while not given.done:
            if self._read_another():
                continue
            with self._changed:
                if self._task is given:  # nobody has begun it, and nothing is left to read
                    self._task = None
                    break
                self._changed.wait_for(lambda: given.done)
        return given.result()

    def close(self) -> None:
        """End the processes, whatever they do."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for child in self._children:
            child.kill()
            child.wait()
        for thread in self._threads:
            thread.join()

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            child = subprocess.Popen(
                module_command("indexer.reading.worker", str(theirs.fileno())),
                pass_fds=[theirs.fileno()],
                env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                process_group=0,  # Ctrl-C in a terminal is for this process alone
            )
            connection = Connection(ours.detach())
        self._children.append(child)
        thread = threading.Thread(target=self._feed, args=(connection,), name="reads documents", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _feed(self, connection: Connection) -> None:
        """Give one process batch after batch; what it has not done when it ends is left to this process."""
        with connection, suppress(EOFError, OSError):
            connection.send(self._reader)
            while (given := self._next()) is not None:
                try:
                    connection.send(given.asked)
                    given.outcomes = connection.recv_bytes()
                finally:
                    with self._changed:
                        given.done = True
                        self._changed.notify_all()
        if not self._closed:
            log.warning("A process that reads documents has ended; the ingest goes on without it.")

    def _next(self) -> Batch | _Task[Any] | None:
        """The next thing that nobody is at, once there is one; None where no more is to be done."""
        with self._changed:
            self._changed.wait_for(lambda: self._task or self._waiting or self._closed)
            if self._closed:
                return None
            if self._task is not None:
                task, self._task = self._task, None
                return task
            return self._waiting.popleft()

    def _read_another(self) -> bool:
        """Read the next batch that nobody is at; False where none is left."""
        with self._changed:
            batch = self._waiting.popleft() if self._waiting and not self._closed else None
        if batch is None:
            return False
        batch.outcomes = outcomes(batch.work, self._reader)
        batch.done = True
        return True
