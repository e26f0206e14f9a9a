"""Jobs: an ingest in the background, and what came of it."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from api.answers.base import Answer
from api.http.problems import remedy_of
from api.http.schemas.base import examples
from api.service.job_files import Job
from indexer.report import IngestReport, Problem

JobState = Literal["queued", "running", "done", "failed", "interrupted", "cancelled"]


class SourceProblem(Answer):
    """A document that was not ingested, or not wholly."""

    source: str
    reason: str
    remedy: str


class ReportBody(Answer):
    """Counts of an ingest: every document is counted once."""

    generation: int
    added: int
    updated: int
    unchanged: int
    chunks: int
    commits: int
    seconds: float
    failed: list[SourceProblem]
    warnings: list[SourceProblem]


class JobError(Answer):
    code: str
    detail: str
    remedy: str


class JobBody(Answer):
    """A job. `report` is there once it is `done`, `error` if it `failed`; what was committed by then is kept."""

    model_config = ConfigDict(
        json_schema_extra=examples(
            {
                "id": "9f2c6b1e0a7d4c35",
                "collection": "default",
                "state": "running",
                "total": 200,
                "documents": 64,
                "chunks": 256,
                "chunks_total": None,
                "commits": 0,
                "created_at": "2026-11-21T12:00:00+00:00",
                "finished_at": None,
                "report": None,
                "error": None,
            }
        )
    )

    id: str
    collection: str
    state: JobState
    total: int = Field(description="documents sent")
    documents: int = Field(description="documents read so far")
    chunks: int = Field(description="passages embedded so far")
    chunks_total: int | None = Field(description="passages that there will be; null while documents are read")
    commits: int
    created_at: str
    finished_at: str | None
    report: ReportBody | None
    error: JobError | None


class JobList(Answer):
    jobs: list[JobBody]


def job_of(job: Job) -> JobBody:
    error = job.error
    return JobBody(
        id=job.id,
        collection=job.collection,
        state=job.state,
        total=job.total,
        documents=job.documents,
        chunks=job.chunks,
        chunks_total=job.chunks_total,
        commits=job.commits,
        created_at=job.created_at,
        finished_at=job.finished_at,
        report=None if job.report is None else _report(job.report),
        error=None if error is None else JobError(code=error.code, detail=error.message, remedy=remedy_of(error)),
    )


def _report(report: IngestReport) -> ReportBody:
    return ReportBody(
        generation=report.generation,
        added=report.added,
        updated=report.updated,
        unchanged=report.unchanged,
        chunks=report.chunks,
        commits=report.commits,
        seconds=round(report.seconds, 3),
        failed=[_problem(problem) for problem in report.failed],
        warnings=[_problem(problem) for problem in report.warnings],
    )


def _problem(problem: Problem) -> SourceProblem:
    return SourceProblem(source=problem.source, reason=problem.reason, remedy=problem.remedy)
