"""Jobs as files, one each, in a directory that all processes of a service share: any of them can say how far one is."""

from __future__ import annotations

import fcntl
import json
import re
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from engine.errors import WinnowError
from engine.store.catalogue.catalogue import now
from engine.store.locks import is_locked
from indexer.report import IngestReport, Problem

State = Literal["queued", "running", "done", "failed", "interrupted", "cancelled"]
_ID = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class JobError:
    """The error that ended a job, as its WinnowError said it."""

    code: str
    message: str
    remedy: str

    @staticmethod
    def of(error: WinnowError) -> JobError:
        return JobError(error.code, error.message, error.remedy)


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it is at one moment. `revision` goes up with every change. Times are ISO 8601, UTC.

    `documents`, `chunks` and `commits` count what was read, embedded and committed so far, of `total` documents and
    `chunks_total` chunks, which is None until all documents have been read.
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
    chunks_total: int | None = None
    finished_at: str | None = None
    report: IngestReport | None = None
    error: JobError | None = None
    revision: int = 0

    @property
    def finished(self) -> bool:
        return self.state not in ("queued", "running")


class JobFiles:
    """The jobs of all processes. Each process holds a lock for as long as it lives: the jobs of one that died count as
    interrupted.
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._process = secrets.token_hex(4)
        self._lock = self._lock_file(self._process).open("wb")
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def write(self, job: Job) -> None:
        """Keep a job of this process; readers see the old or the new one."""
        path = self._directory / f"{job.id}.json"
        temporary = path.with_suffix(".new")
        temporary.write_text(json.dumps({"process": self._process, **asdict(job)}), encoding="utf-8")
        temporary.replace(path)

    def read(self, job: str) -> Job | None:
        """The job as whichever process has it wrote it last; None if there is none."""
        if not _ID.fullmatch(job):
            return None
        try:
            values = json.loads((self._directory / f"{job}.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        process, found = values.pop("process"), _from_json(values)
        if not found.finished and not self._lives(process):
            return replace(found, state="interrupted", finished_at=now(), revision=found.revision + 1)
        return found

    def all(self) -> list[Job]:
        """Every job of every process, newest first."""
        names = [path.stem for path in self._directory.glob("*.json")]
        found = [job for name in names if (job := self.read(name)) is not None]
        return sorted(found, key=lambda job: job.id, reverse=True)

    def cancel(self, job: str) -> None:
        """Leave word for the process of a job, whichever it is, that the job shall end."""
        self._word(job).touch()

    def cancelled(self, job: str) -> bool:
        """Whether somebody left that word."""
        return self._word(job).exists()

    def remove(self, job: str) -> None:
        (self._directory / f"{job}.json").unlink(missing_ok=True)
        self._word(job).unlink(missing_ok=True)

    def close(self) -> None:
        self._lock.close()

    def _word(self, job: str) -> Path:
        return self._directory / f"{job}.cancel"

    def _lock_file(self, process: str) -> Path:
        return self._directory / f"{process}.lock"

    def _lives(self, process: str) -> bool:
        if process == self._process:
            return True
        return is_locked(self._lock_file(process))


def _from_json(values: dict[str, Any]) -> Job:
    report, error = values["report"], values["error"]
    if report is not None:
        for name in ("failed", "skipped", "warnings"):
            report[name] = [Problem(**problem) for problem in report[name]]
        report = IngestReport(**report)
    return Job(**{**values, "report": report, "error": None if error is None else JobError(**error)})
