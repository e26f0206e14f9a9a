"""`/health`: how the service and the collections of the key do."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response

from api.http.access import CallerOf
from api.http.dependencies import ServiceOf
from api.operations.health import OK
from api.operations.metrics import search_seconds
from api.page.health.charts import HEIGHT, WIDTH
from api.page.health.collection import condition
from api.page.health.latency import latency
from api.page.health.room import room
from api.page.judging import read_judged
from api.page.rendering import page
from api.page.wording import size

router = APIRouter(include_in_schema=False)
PARTS = {"catalogue": "the list of collections", "inference": "the process of the models", "models": "the models"}


@router.get("/health")
def health(request: Request, service: ServiceOf, caller: CallerOf) -> Response:
    """The page: first what is not well, and what would help."""
    names = [name for name in service.collections.names() if caller.allows("read", name)]
    judged = {name: read_judged(service, name) for name in names}
    found = [condition(service.collections, name, judged[name][0].count) for name in names]
    disk = room(service.home, [one.stats for one in found])
    speed, jobs = latency(search_seconds()), service.jobs.states()
    wanting = [*_unready(request), *(f"{one.stats.name}: {told}" for one in found for told in one.wanting)]
    wanting += [trouble for _, trouble in judged.values() if trouble]
    if not disk.good:
        wanting.append(f"Only {size(disk.free)} are free on the disk; {size(disk.wanted)} are needed to be safe.")
    if not speed.good:
        wanting.append(f"Searches are slow: half of them take {speed.median}, 95 % {speed.slow}.")
    if jobs["failed"]:
        wanting.append(f"Jobs that failed: {jobs['failed']}. Their pages say why.")
    return page(
        "health.html",
        collections=found,
        disk=disk,
        latency=speed,
        jobs=jobs,
        wanting=wanting,
        plot_size=(WIDTH, HEIGHT),
    )


def _unready(request: Request) -> list[str]:
    """Parts of the service that are not ready."""
    readiness = getattr(request.app.state, "readiness", None)  # there is none until the application has begun
    checks: Mapping[str, str] = readiness.checks() if readiness else {}
    return [f"Not ready: {PARTS.get(name, name)} ({outcome})." for name, outcome in checks.items() if outcome != OK]
