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
    "GET /page/reading.js": "open",
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
    "POST /v1/documents/handles": "read",
    "POST /v1/documents/handles/file": "read",
    "DELETE /v1/documents/handles/{handle}": "read",
    "GET /v1/jobs": "read",
    "GET /v1/jobs/{job}": "read",
    "GET /v1/jobs/{job}/events": "read",
    "POST /v1/jobs/{job}/cancel": "read",  # its owner's only
    "GET /v1/collections": "read",
    "POST /v1/collections": "admin",
    "GET /v1/collections/{collection}": "read",
    "DELETE /v1/collections/{collection}": "admin",
    "POST /v1/collections/{collection}/rename": "admin",
    "PUT /v1/collections/{collection}/judgements": "write",
    "GET /v1/collections/{collection}/judgements": "read",
    "DELETE /v1/collections/{collection}/judgements": "write",
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
Narrowed = Literal["view", "nothing"]

# How an operation keeps to the filter of a caller's key. "view": it asks the service of `ServiceOf`, whose documents
# are those that pass. "nothing": it tells nothing of stored documents. What is not here refuses such a key.
NARROWED: Mapping[str, Narrowed] = {
    "GET /": "view",
    "GET /search": "view",
    "GET /collections/{collection}": "view",
    "GET /collections/{collection}/document": "view",
    "GET /document": "nothing",
    "POST /document": "nothing",
    "POST /document/forget": "nothing",
    "GET /v1/models": "nothing",
    "GET /v1/models/{model}": "nothing",
    "POST /v1/rerank": "nothing",
    "POST /v2/rerank": "nothing",
    "POST /v1/embeddings": "nothing",
    "POST /v1/search": "view",
    "POST /v1/documents/search": "nothing",
    "POST /v1/documents/search/file": "nothing",
    "POST /v1/documents/handles": "nothing",
    "POST /v1/documents/handles/file": "nothing",
    "DELETE /v1/documents/handles/{handle}": "nothing",
    "GET /v1/collections": "view",
    "GET /v1/collections/{collection}": "view",
    "GET /v1/collections/{collection}/suggest": "view",
    "GET /v1/collections/{collection}/search": "view",
    "POST /v1/collections/{collection}/search": "view",
    "GET /v1/collections/{collection}/documents": "view",
    "GET /v1/collections/{collection}/documents/{document}": "view",
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
    method, path = request.method, request.scope["route"].path_format
    access = access_to(method, path)
    if access == "open":
        return
    caller = caller_of(request)
    if access != "local":
        caller.require(access, request.path_params.get("collection"))
    if f"{method.upper()} {path}" not in NARROWED:
        caller.require_all()


async def _caller(request: Request) -> Caller:
    return caller_of(request)


CallerOf = Annotated[Caller, Depends(_caller)]
