"""Routes for operators: is the service alive, is it ready, how does it do. Not a part of the API's description."""

from __future__ import annotations

import anyio.to_thread
from anyio import CapacityLimiter
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST

from api.http.dependencies import ServiceOf
from api.operations.health import OK, Readiness
from api.operations.metrics import exposition
from api.operations.state import ServiceState

router = APIRouter(include_in_schema=False)
_own_threads = CapacityLimiter(2)  # these answer also where all of the others are busy


@router.get("/healthz")
async def healthz() -> Response:
    """200 as long as the process answers at all: restart it if it does not."""
    return JSONResponse({"status": OK})


@router.get("/readyz")
async def readyz(request: Request) -> Response:
    """200 if requests can be served: models loaded, catalogue readable, inference alive. Else 503, and why."""
    readiness: Readiness = request.app.state.readiness
    checks = await anyio.to_thread.run_sync(readiness.checks, limiter=_own_threads)
    ready = all(outcome == OK for outcome in checks.values())
    return JSONResponse({"ready": ready, "checks": dict(checks)}, 200 if ready else 503)


@router.get("/metrics")
async def metrics(service: ServiceOf) -> Response:
    """Metrics for Prometheus."""
    body = await anyio.to_thread.run_sync(exposition, ServiceState(service), limiter=_own_threads)
    return Response(body, media_type=CONTENT_TYPE_LATEST)
