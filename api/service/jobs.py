"""Work that outlasts a request: one ingest each, in the background, with progress that can be followed."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Literal

from engine.errors import JobNotFound, Overloaded, WinnowError
from engine.store.catalogue import now
from indexer.ingest import Watch
from indexer.report import IngestReport

log = logging.getLogger(__name__)

WORKERS = 2
WAITING = 32  # jobs that may wait for a worker
REMEMBERED = 1000  # finished jobs that can still be asked for

State = Literal["queued", "running", "done", "failed", "interrupted"]
Work = Callable[[Watch], IngestReport]


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it is at one moment. `revision` goes up with every change. Times are ISO 8601, UTC.

    `documents`, `chunks` and `commits` count what was read, embedded and committed so far, of `total` documents.
    `owner` is who started it, and the only one who is told of it.
    """

    id: str
    collection: str
    total: int
    created_at: str
    owner: str = ""
    state: State = "queued"
    documents: int = 0
    chunks: int = 0
    commits: int = 0
    finished_at: str | None = None
    report: IngestReport | None = None
    error: WinnowError | None = None
    revision: int = 0

    @property
    def finished(self) -> bool:
        return self.state not in ("queued", "running")


class Interrupted(Exception):
    """Raised by a job's watch when the service shuts down: what was committed is kept."""


class Jobs:
    """Runs jobs in a few threads; those of one collection one after the other, as it has one writer."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="winnow-job")
        self._changed = threading.Condition()
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._writing: dict[str, threading.Lock] = {}
        self._closing = False

    def start(self, collection: str, total: int, work: Work, owner: str = "") -> Job:
        """Queue `work`. Overloaded if too many jobs wait already, or the service is shutting down."""
        job = Job(secrets.token_hex(8), collection, total, now(), owner)
        with self._changed:
            if self._closing:
                raise Overloaded("The service is shutting down.", "Send the request again in a moment.")
            if sum(not known.finished for known in self._jobs.values()) >= WORKERS + WAITING:
                raise Overloaded(f"{WAITING} jobs are waiting already.", "Wait until some have finished.")
            self._jobs[job.id] = job
            self._drop_old()
            writing = self._writing.setdefault(collection, threading.Lock())
        self._pool.submit(self._run, job.id, writing, work)
        return job

    def get(self, job: str, owner: str = "") -> Job:
        """The job as it is now. JobNotFound, also for another owner's."""
        with self._changed:
            if job not in self._jobs or self._jobs[job].owner != owner:
                raise JobNotFound(
                    f"There is no job {job!r}.", f"The last {REMEMBERED} are kept until the service restarts."
                )
            return self._jobs[job]

    def all(self, owner: str = "") -> list[Job]:
        """The owner's jobs that are remembered, newest first."""
        with self._changed:
            return [job for job in reversed(self._jobs.values()) if job.owner == owner]

    def wait(self, job: str, seconds: float) -> Job:
        """The job when it has finished, or as it is after `seconds`."""
        until = time.monotonic() + seconds
        with self._changed:
            while not (found := self._jobs[job]).finished and (left := until - time.monotonic()) > 0:
                self._changed.wait(left)
            return found

    def interrupt(self) -> None:
        """Take no more jobs, and end those that run at their next document."""
        with self._changed:
            self._closing = True

    def close(self) -> None:
        """`interrupt`, and wait until all have ended."""
        self.interrupt()
        self._pool.shutdown(wait=True)

    def _run(self, job: str, writing: threading.Lock, work: Work) -> None:
        def watch(documents: int, chunks: int, commits: int) -> None:
            self._change(job, documents=documents, chunks=chunks, commits=commits)
            if self._closing:
                raise Interrupted

        try:
            with writing:
                if self._closing:
                    raise Interrupted
                self._change(job, state="running")
                report = work(watch)
            self._change(job, state="done", report=report)
        except Interrupted:
            self._change(job, state="interrupted")
        except WinnowError as error:
            self._change(job, state="failed", error=error)
        except Exception:  # nobody else would ever hear of it
            log.exception("Job %s failed", job)
            unforeseen = WinnowError("The job failed for a reason that nobody foresaw.", "See the service's log.")
            self._change(job, state="failed", error=unforeseen)

    def _change(self, job: str, **changes: object) -> None:
        with self._changed:
            old = self._jobs[job]
            new = replace(old, revision=old.revision + 1, **changes)  # type: ignore[arg-type]
            self._jobs[job] = replace(new, finished_at=now()) if new.finished else new
            self._changed.notify_all()

    def _drop_old(self) -> None:
        finished = [name for name, job in self._jobs.items() if job.finished]
        for name in finished[: max(0, len(finished) - REMEMBERED)]:
            del self._jobs[name]
