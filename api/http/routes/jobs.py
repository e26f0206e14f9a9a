"""Jobs: how far an ingest is, asked for or followed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Path, Request

from api.http.access import CallerOf
from api.http.dependencies import ServiceOf
from api.http.events import Event, EventStream, documented, event_stream
from api.http.json_route import resource
from api.http.problems import responses
from api.http.schemas.jobs import JobBody, JobList, job_of
from api.service.job_files import Job
from api.service.service import Service

JobId = Annotated[str, Path(description="of the answer that began the job")]
router = resource("jobs")
_SECONDS = 0.1  # between two looks at a job that is followed


@router.get("/v1/jobs", operation_id="list_jobs", summary="List jobs", responses=responses())
def list_jobs(service: ServiceOf, caller: CallerOf) -> JobList:
    """The key's jobs since the service started, newest first; of the last 1,000."""
    return JobList(jobs=[job_of(job) for job in service.jobs.all(caller.owner)])


@router.get("/v1/jobs/{job}", operation_id="get_job", summary="See how far a job is", responses=responses())
def get_job(service: ServiceOf, caller: CallerOf, job: JobId) -> JobBody:
    """A job of the key as it is now."""
    return job_of(service.jobs.get(job, caller.owner))


@router.post("/v1/jobs/{job}/cancel", operation_id="cancel_job", summary="Cancel a job", responses=responses())
def cancel_job(service: ServiceOf, caller: CallerOf, job: JobId) -> JobBody:
    """Ends a job of the key at its next document; what was committed by then is kept. One that has finished stays as
    it is.
    """
    return job_of(service.jobs.cancel(job, caller.owner))


@router.get(
    "/v1/jobs/{job}/events",
    operation_id="follow_job",
    summary="Follow a job",
    response_class=EventStream,
    responses={**responses(), 200: documented("Server-sent events `progress`, at last `finished`; each a job.")},
)
async def follow_job(request: Request, service: ServiceOf, caller: CallerOf, job: JobId) -> EventStream:
    """The job at every change, as server-sent events, until it has finished."""
    return event_stream(request, _changes(service, service.jobs.get(job, caller.owner)))


async def _changes(service: Service, job: Job) -> AsyncIterator[Event]:
    while not job.finished:
        yield "progress", job_of(job)
        seen = job.revision
        while job.revision == seen:
            await asyncio.sleep(_SECONDS)
            job = service.jobs.get(job.id, job.owner)
    yield "finished", job_of(job)
