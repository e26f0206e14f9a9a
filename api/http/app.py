"""The application: routes, errors, request ids, and a bounded number of threads for work that blocks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

import anyio.to_thread
from fastapi import Depends, FastAPI
from fastapi.responses import HTMLResponse

from api.http import openapi, problems
from api.http.dependencies import refuse_unknown_parameters
from api.http.error_page import error_page
from api.http.request_ids import RequestIds
from api.http.routes import collections, documents, in_document, jobs, models, operations, searching
from api.operations.health import Readiness
from api.operations.observe import Observe
from api.service.service import Service

THREADS = 16  # requests that are worked on at the same time; more wait their turn
ROUTERS = (searching.router, collections.router, documents.router, in_document.router, jobs.router, models.router)
DESCRIPTION = (
    "Search your own documents: lexical and dense retrieval, reranked by a cross-encoder, explained. "
    "Errors are RFC 9457 problems with a stable `code`."
)


def create_app(
    service: Service, *, threads: int = THREADS, log_queries: bool = False, warm_seconds: float = 0.0
) -> FastAPI:
    """The API over `service`, which the application closes when it shuts down.

    `log_queries` puts what is asked into the log. Before requests are accepted the collections' models are loaded, for
    `warm_seconds` at most; what takes longer, or cannot be loaded, is told by /readyz.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = threads
        app.state.readiness = Readiness(service)
        await anyio.to_thread.run_sync(app.state.readiness.wait, warm_seconds)
        yield
        app.state.readiness.close()
        await anyio.to_thread.run_sync(service.close)

    app = FastAPI(
        title="Winnow",
        description=DESCRIPTION,
        version=version("winnow-search"),
        lifespan=lifespan,
        docs_url="/docs",
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    app.state.service = service
    app.add_middleware(RequestIds)
    app.add_middleware(Observe, log_queries=log_queries)  # the last one added is the outermost
    problems.install(app)
    for router in ROUTERS:
        app.include_router(router, dependencies=[Depends(refuse_unknown_parameters)])
    app.include_router(operations.router)
    openapi.install(app)

    @app.get("/docs/errors", include_in_schema=False)
    async def errors() -> HTMLResponse:
        return HTMLResponse(error_page({**problems.STATUS, **problems.HTTP_CODES}))

    return app
