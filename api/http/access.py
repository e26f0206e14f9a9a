"""Which scope each operation needs: the one table, and the check that stands before every route."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from fastapi import Depends, Request

from api.security.callers import Caller
from api.security.keys import Scope

Access = Literal["open", "local", Scope]

# "open": for everybody. "local": a read key, or anybody on this machine. A scope holds for the collection that the path
# names; where the body names collections, the route asks for each. What is missing here is for administrators.
ACCESS: Mapping[str, Access] = {
    "GET /healthz": "open",
    "GET /readyz": "open",
    "GET /metrics": "local",
    "GET /openapi.json": "open",
    "GET /llms.txt": "open",
    "GET /docs": "open",
    "GET /docs/errors": "open",
    "GET /page/style.css": "open",
    "GET /page/icon.svg": "open",
    "GET /page/answers.css": "open",
    "GET /page/copy.js": "open",
    "GET /page/files.js": "open",
    "GET /page/job.js": "open",
    "GET /page/judge.js": "open",
    "GET /page/keys.js": "open",
    "GET /page/matches.js": "open",
    "GET /page/suggest.js": "open",
    "GET /page/theme.js": "open",
    "GET /opensearch.xml": "open",
    "GET /page/live.js": "open",
    "GET /page/pages.css": "open",
    "GET /": "read",
    "GET /search": "read",
    "GET /health": "read",
    "GET /collections/{collection}": "read",
    "GET /collections/{collection}/document": "read",
    "GET /document": "read",
    "POST /document": "read",
    "POST /document/forget": "read",
    "POST /documents": "write",
    "GET /jobs/{job}": "read",
    "POST /jobs/{job}/cancel": "read",
    "POST /collections/{collection}/judge": "write",
    "GET /collections/{collection}/judgements/{name}": "read",
    "POST /collections/{collection}/rename": "admin",
    "POST /collections/{collection}/delete": "admin",
    "GET /v1/models": "read",
    "GET /v1/models/{model}": "read",
    "POST /v1/rerank": "read",
    "POST /v2/rerank": "read",
    "POST /v1/embeddings": "read",
    "POST /v1/search": "read",
    "POST /v1/documents/search": "read",
    "POST /v1/documents/search/file": "read",
    "DELETE /v1/documents/handles/{handle}": "read",
    "GET /v1/jobs": "read",
    "GET /v1/jobs/{job}": "read",
    "GET /v1/jobs/{job}/events": "read",
    "POST /v1/jobs/{job}/cancel": "read",  # its owner's only
    "GET /v1/collections": "read",
    "POST /v1/collections": "admin",
    "GET /v1/collections/{collection}": "read",
    "DELETE /v1/collections/{collection}": "admin",
    "GET /v1/collections/{collection}/suggest": "read",
    "GET /v1/collections/{collection}/search": "read",
    "POST /v1/collections/{collection}/search": "read",
    "GET /v1/collections/{collection}/documents": "read",
    "POST /v1/collections/{collection}/documents": "write",
    "POST /v1/collections/{collection}/documents/files": "write",
    "POST /v1/collections/{collection}/documents/delete": "write",
    "GET /v1/collections/{collection}/documents/{document}": "read",
    "DELETE /v1/collections/{collection}/documents/{document}": "write",
}
OPEN_PATHS = frozenset(name.partition(" ")[2] for name, access in ACCESS.items() if access == "open")
LOCAL_PATHS = frozenset(name.partition(" ")[2] for name, access in ACCESS.items() if access == "local")


def access_to(method: str, path: str) -> Access:
    """The scope that an operation needs; `path` as the OpenAPI document writes it."""
    return ACCESS.get(f"{method.upper()} {path}", "admin")


def caller_of(request: Request) -> Caller:
    """Whom `Authentication` recognised. A request that came past it fails here, and is not let in."""
    caller: Caller = request.state.caller
    return caller


async def check_access(request: Request) -> None:
    """A dependency of the application, and so of every route: Forbidden unless the caller has its scope."""
    access = access_to(request.method, request.scope["route"].path_format)
    if access != "open" and access != "local":
        caller_of(request).require(access, request.path_params.get("collection"))


async def _caller(request: Request) -> Caller:
    return caller_of(request)


CallerOf = Annotated[Caller, Depends(_caller)]
