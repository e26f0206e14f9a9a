"""Processes that read and cut documents beside this one, a batch at a time."""

from __future__ import annotations

import logging
import os
import pickle
import socket
import subprocess
import sys
import threading
from collections import deque
from contextlib import suppress
from multiprocessing.connection import Connection

from engine.child import module_command
from engine.errors import ParseFailed
from indexer.reading.reading import Reader, Reading, unpacked
from indexer.reading.worker import Outcome, Work, outcomes

log = logging.getLogger(__name__)


class Batch:
    """Documents that are read together, and what became of them once it is `done`."""

    def __init__(self) -> None:
        self.work: Work = []
        self.done = False
        self.outcomes: bytes | list[Outcome] = b""  # pickled as long as nobody needs them

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


class Processes:
    """`count` processes, which end with this one. Batches are begun in the order in which they are given."""

    def __init__(self, count: int, reader: Reader) -> None:
        self._reader = reader
        self._waiting: deque[Batch] = deque()
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
            other = self._next(wait=False)
            if other is None:
                with self._changed:
                    self._changed.wait_for(lambda: batch.done)
            else:
                other.outcomes = outcomes(other.work, self._reader)
                other.done = True
        return batch.reading(place, self._reader)

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
            while (batch := self._next(wait=True)) is not None:
                try:
                    connection.send(batch.work)
                    batch.outcomes = connection.recv_bytes()
                finally:
                    with self._changed:
                        batch.done = True
                        self._changed.notify_all()
        if not self._closed:
            log.warning("A process that reads documents has ended; the ingest goes on without it.")

    def _next(self, *, wait: bool) -> Batch | None:
        """The next batch that nobody is at; None where none is left, or none is waited for."""
        with self._changed:
            if wait:
                self._changed.wait_for(lambda: self._waiting or self._closed)
            return self._waiting.popleft() if self._waiting and not self._closed else None
