"""The application: routes, errors, request ids, and a bounded number of threads for work that blocks."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from importlib.metadata import version

import anyio.to_thread
from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import PlainTextResponse

from api.http import openapi, problems, protection
from api.http.access import check_access
from api.http.dependencies import refuse_unknown_fields
from api.http.error_meanings import meanings
from api.http.llms_text import llms_text
from api.http.routes import collections, documents, in_document, jobs, judgements, models, operations, searching
from api.operations.health import Readiness
from api.operations.observe import Observe
from api.page import routes as page
from api.page.docs import Group, docs_page, errors_page, groups
from api.request.threads import Threads
from api.security.keys import KeyStore
from api.service.service import Service
from api.settings import ServeSettings
from engine.config_file import load

THREADS = 16  # requests that are worked on at the same time; more wait their turn
FIELDS, FIELD_BYTES = 32, 2**16  # of a form, beside its files
ROUTERS = (
    searching.router,
    collections.router,
    documents.router,
    judgements.router,
    in_document.router,
    jobs.router,
    models.router,
)
DESCRIPTION = (
    "Search your own documents: lexical and dense retrieval, reranked and explained. "
    "Errors are RFC 9457 problems with a stable `code`."
)


def create_app(
    service: Service,
    settings: ServeSettings | None = None,
    *,
    threads: int = THREADS,
    log_queries: bool = False,
    warm_seconds: float = 0.0,
) -> FastAPI:
    """The API over `service`, which the application closes when it shuts down; by default as the environment says.

    `log_queries` puts what is asked into the log. Before requests are accepted the collections' models are loaded, for
    `warm_seconds` at most; what takes longer, or cannot be loaded, is told by /readyz.
    """
    settings = settings or load(ServeSettings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = threads
        app.state.readiness = Readiness(service)
        await anyio.to_thread.run_sync(app.state.readiness.wait, warm_seconds)
        yield
        app.state.readiness.close()
        await anyio.to_thread.run_sync(service.close)
        app.state.threads.close()

    app = FastAPI(
        title="Winnow",
        description=DESCRIPTION,
        version=version("winnow-search"),
        lifespan=lifespan,
        dependencies=[Depends(check_access)],
        docs_url=None,  # Swagger UI would load its scripts from elsewhere
        redoc_url=None,
        openapi_url=None,  # FastAPI would write the document again for each request
        telemetry={"tracing": False, "metrics": False, "logs": False},  # all of which is api/operations' work
        form_limits={"max_files": settings.files, "max_fields": FIELDS, "max_part_size": FIELD_BYTES},
    )
    app.state.service = service
    app.state.settings = settings
    app.state.threads = Threads()
    problems.install(app)
    for router in ROUTERS:
        app.include_router(router, dependencies=[Depends(refuse_unknown_fields)])
    app.include_router(operations.router)
    # The middleware that is added last comes first.
    protection.install(app, settings, KeyStore(service.home))
    page.install(app)  # shows what the protection refuses
    app.add_middleware(Observe, log_queries=log_queries)  # sees all that is answered, and when it was asked
    openapi.install(app)

    @cache
    def document() -> bytes:
        return json.dumps(app.openapi(), ensure_ascii=False, separators=(",", ":")).encode()

    @cache
    def operations_told() -> list[Group]:
        return groups(app.openapi())

    @app.get("/openapi.json", include_in_schema=False)
    def openapi_document() -> Response:  # in a thread, as `docs`: the first one takes a second to make
        return Response(document(), media_type="application/json")

    @app.get("/llms.txt", include_in_schema=False)
    def llms() -> PlainTextResponse:
        return PlainTextResponse(llms_text(app.openapi()))

    @app.get("/docs", include_in_schema=False)
    def docs(request: Request) -> Response:
        return docs_page(operations_told(), app.description, str(request.base_url).rstrip("/"))

    @app.get("/docs/errors", include_in_schema=False)
    async def errors() -> Response:
        return errors_page(meanings({**problems.STATUS, **problems.HTTP_CODES}))

    return app
