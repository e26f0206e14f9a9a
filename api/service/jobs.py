"""Work that outlasts a request: one ingest each, in the background, with progress that can be followed."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from api.errors import JobNotFound
from api.service.job_files import Job, JobError, JobFiles, State
from engine.awaited import check_awaited
from engine.errors import Overloaded, WinnowError, WriterBusy
from engine.store.catalogue.catalogue import now
from indexer.ingest import Watch
from indexer.report import IngestReport, Progress

log = logging.getLogger(__name__)

WORKERS = 2
WAITING = 32  # jobs that may wait for a worker
REMEMBERED = 1000  # finished jobs that can still be asked for
PATIENCE = 600.0  # seconds that a job waits for another process that writes to its collection
_PAUSE = 0.2  # seconds between two tries
_LOOK = 0.5  # seconds between two looks whether anybody still waits for a job

Work = Callable[[Watch], IngestReport]


class Interrupted(Exception):
    """Raised by a job's watch when the service shuts down: what was committed is kept."""


class Cancelled(Exception):
    """Raised by a job's watch when its owner wants no more of it: what was committed is kept."""


class Jobs:
    """Runs jobs in a few threads; those of one collection one after the other, as it has one writer.

    Jobs of other processes that share `directory` can be asked for like our own.
    """

    def __init__(self, directory: Path) -> None:
        self._files = JobFiles(directory)
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="winnow-job")
        self._changed = threading.Condition()  # its lock may be taken again by who holds it
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._writing: dict[str, threading.Lock] = {}
        self._closing = False

    def start(self, collection: str, total: int, work: Work, owner: str = "") -> Job:
        """Queue `work`. Overloaded if too many jobs wait already, or the service is shutting down."""
        job = Job(_new_id(), collection, total, now(), owner)
        with self._changed:
            if self._closing:
                raise Overloaded("The service is shutting down.", "Send the request again in a moment.")
            if sum(not known.finished for known in self._jobs.values()) >= WORKERS + WAITING:
                raise Overloaded(f"{WAITING} jobs are waiting already.", "Wait until some have finished.")
            self._jobs[job.id] = job
            self._files.write(job)
            self._drop_old()
            writing = self._writing.setdefault(collection, threading.Lock())
        self._pool.submit(self._run, job.id, writing, work)
        return job

    def get(self, job: str, owner: str = "") -> Job:
        """The job as it is now. JobNotFound, also for another owner's."""
        with self._changed:
            found = self._jobs.get(job)
        found = found or self._files.read(job)
        if found is None or found.owner != owner:
            raise JobNotFound(
                f"There is no job {job!r}.", f"The last {REMEMBERED} are kept until the service restarts."
            )
        return found

    def all(self, owner: str = "") -> list[Job]:
        """The owner's jobs that are remembered, newest first."""
        return [job for job in self._files.all() if job.owner == owner]

    def cancel(self, job: str, owner: str = "") -> Job:
        """End a job at its next document, in whichever process it runs; one that has finished stays as it is.

        JobNotFound, also for another owner's.
        """
        found = self.get(job, owner)
        if not found.finished:
            self._files.cancel(job)
            with self._changed:
                if job in self._jobs and self._jobs[job].state == "queued":
                    self._change(job, state="cancelled")
        return self.get(job, owner)

    def states(self) -> Counter[State]:
        """How many jobs of all owners are in each state."""
        return Counter(job.state for job in self._files.all())

    def wait(self, job: str, seconds: float) -> Job:
        """The job when it has finished, or as it is after `seconds`. Abandoned: the client waits no more; the job goes
        on.
        """
        until = time.monotonic() + seconds
        with self._changed:
            while not (found := self._jobs[job]).finished and (left := until - time.monotonic()) > 0:
                self._changed.wait(min(left, _LOOK))
                check_awaited()
            return found

    def interrupt(self) -> None:
        """Take no more jobs, and end those that run at their next document."""
        with self._changed:
            self._closing = True

    def close(self) -> None:
        """`interrupt`, and wait until all have ended."""
        self.interrupt()
        self._pool.shutdown(wait=True)
        self._files.close()

    def _run(self, job: str, writing: threading.Lock, work: Work) -> None:
        def watch(progress: Progress) -> None:
            self._change(
                job,
                documents=progress.documents,
                chunks=progress.chunks,
                commits=progress.commits,
                chunks_total=progress.total,
            )
            self._check(job)

        try:
            with writing:
                self._check(job)
                self._change(job, state="running")
                report = self._when_free(job, work, watch)
            self._change(job, state="done", report=report)
        except Interrupted:
            self._change(job, state="interrupted")
        except Cancelled:
            self._change(job, state="cancelled")
        except WinnowError as error:
            self._change(job, state="failed", error=JobError.of(error))
        except Exception:  # nobody else would ever hear of it
            log.exception("Job %s failed", job)
            unforeseen = WinnowError("The job failed for an unexpected reason.", "See the service's log.")
            self._change(job, state="failed", error=JobError.of(unforeseen))

    def _check(self, job: str) -> None:
        """Raise what ends a job before its time."""
        if self._closing:
            raise Interrupted
        if self._files.cancelled(job):
            raise Cancelled

    def _when_free(self, job: str, work: Work, watch: Watch) -> IngestReport:
        """Do it once no other process writes to the collection; doing it again costs nothing that is there already."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return work(watch)
            except WriterBusy:
                self._check(job)
                if time.monotonic() > until:
                    raise
                time.sleep(_PAUSE)

    def _change(self, job: str, **changes: object) -> None:
        with self._changed:
            old = self._jobs[job]
            if old.finished:
                return  # cancelled while it was still in the queue
            new = replace(old, revision=old.revision + 1, **changes)  # type: ignore[arg-type]
            self._jobs[job] = replace(new, finished_at=now()) if new.finished else new
            self._files.write(self._jobs[job])
            self._changed.notify_all()

    def _drop_old(self) -> None:
        finished = [name for name, job in self._jobs.items() if job.finished]
        for name in finished[: max(0, len(finished) - REMEMBERED)]:
            del self._jobs[name]
            self._files.remove(name)


def _new_id() -> str:
    """16 hexadecimal digits that nobody else has made, and that sort by time: microseconds, and a random rest."""
    return f"{time.time_ns() // 1000:013x}{secrets.token_hex(2)[:3]}"
