"""Jobs as all processes of a service see them: two `Jobs` on one directory are two processes."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from api.errors import JobNotFound
from api.service import jobs as module
from api.service.job_files import Job, JobFiles
from api.service.jobs import Jobs
from engine.errors import WriterBusy
from indexer.ingest import Watch
from indexer.report import IngestReport, Progress


def report(watch: Watch) -> IngestReport:
    watch(Progress(3, 5, 1))
    return IngestReport("notes", added=3)


def test_every_process_knows_the_jobs_of_all_and_owners_only_their_own(tmp_path: Path) -> None:
    here, there = Jobs(tmp_path), Jobs(tmp_path)
    mine, yours = here.start("notes", 3, report, "me"), there.start("notes", 3, report, "you")
    done = here.wait(mine.id, 10)
    there.wait(yours.id, 10)
    assert (done.state, done.documents, done.report and done.report.added) == ("done", 3, 3)
    for jobs in (here, there):
        assert jobs.get(mine.id, "me") == done
        assert [job.id for job in jobs.all("you")] == [yours.id]
        assert jobs.states()["done"] == 2
        assert jobs.all() == []
        for other in ("you", ""):
            with pytest.raises(JobNotFound):
                jobs.get(mine.id, other)
    for jobs in (here, there, here):  # a second time it does nothing
        jobs.close()


def test_the_jobs_of_a_process_that_died_are_interrupted(tmp_path: Path) -> None:
    dying, living = JobFiles(tmp_path), JobFiles(tmp_path)
    dying.write(Job("0" * 16, "notes", 3, "2026-01-01T00:00:00+00:00", "me", "running"))
    assert (living.read("0" * 16) or pytest.fail()).state == "running"
    dying.close()  # as the kernel does for it
    found = living.read("0" * 16)
    assert found and (found.state, found.owner, found.finished_at is None) == ("interrupted", "me", False)


def test_a_job_is_cancelled_from_any_process_by_its_owner_only(tmp_path: Path) -> None:
    here, there = Jobs(tmp_path), Jobs(tmp_path)
    begun, cancelled = threading.Event(), threading.Event()

    def work(watch: Watch) -> IngestReport:
        begun.set()
        assert cancelled.wait(10)
        return report(watch)

    running = here.start("notes", 3, work, "me")
    queued = here.start("notes", 3, report, "me")  # behind the first one, which writes to the same collection
    assert begun.wait(10)
    with pytest.raises(JobNotFound):
        there.cancel(running.id, "you")
    assert here.cancel(queued.id, "me").state == "cancelled"
    there.cancel(running.id, "me")
    cancelled.set()
    done = here.wait(running.id, 10)
    assert (done.state, done.report, done.finished_at is None) == ("cancelled", None, False)
    here.close()
    assert here.get(queued.id, "me").documents == 0
    assert there.states()["cancelled"] == 2
    there.close()


def test_a_finished_job_is_not_cancelled(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path)
    done = jobs.wait(jobs.start("notes", 3, report).id, 10)
    assert jobs.cancel(done.id) == done
    jobs.close()


def test_a_job_waits_for_another_process_that_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PAUSE", 0.01)
    free = threading.Event()

    def work(watch: Watch) -> IngestReport:
        if not free.is_set():
            free.set()
            raise WriterBusy("Another process writes.", "Wait.")
        return report(watch)

    jobs = Jobs(tmp_path)
    assert jobs.wait(jobs.start("notes", 3, work).id, 10).state == "done"
    jobs.close()
