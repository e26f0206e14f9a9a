"""Dependencies of routes: the service, the limits, and that nothing unknown is in the query string."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated

import anyio.to_thread
from fastapi import Depends, FastAPI, Path, Request
from fastapi.exceptions import RequestValidationError

from api.http.names import listed, unknown_name
from api.security.callers import Caller
from api.service.service import Service
from api.settings import ServeSettings
from engine.store.names import COLLECTION


async def _service(request: Request) -> Service:
    """The service, which tells a caller whose key has a filter of no other documents than those that pass."""
    service: Service = request.app.state.service
    caller: Caller | None = getattr(request.state, "caller", None)  # None on paths that are open to everybody
    return service.narrowed(caller.filter) if caller else service


async def _limits(request: Request) -> ServeSettings:
    limits: ServeSettings = request.app.state.settings
    return limits


ServiceOf = Annotated[Service, Depends(_service)]
LimitsOf = Annotated[ServeSettings, Depends(_limits)]


async def _arrived(request: Request) -> float:
    """`time.monotonic()` when the request came in, before it waited for a thread (api/operations/observe.py)."""
    arrived: float = request.state.arrived
    return arrived


Arrived = Annotated[float, Depends(_arrived)]
CollectionName = Annotated[
    str, Path(pattern=f"^{COLLECTION.pattern}$", description="the collection's name", examples=["default"])
]


async def refuse_unknown_parameters(request: Request) -> None:
    """Every query parameter must be one that the operation knows: a misspelt filter must not return everything."""
    if not request.scope["query_string"]:
        return
    if request.app.openapi_schema is None:  # it takes a second to make, for which nobody else should wait
        await anyio.to_thread.run_sync(request.app.openapi)
    known = _parameters(request.app, request.scope["route"].path_format, request.method.lower())
    if unknown := sorted(request.query_params.keys() - known):
        remedy = f"The parameters are {listed(sorted(known))}." if known else "This operation takes no parameters."
        said = {"type": "extra_forbidden", "ctx": {"remedy": remedy}}
        raise RequestValidationError(
            [{**said, "loc": ("query", name), "msg": unknown_name(name, known)} for name in unknown]
        )


@lru_cache(maxsize=256)
def _parameters(app: FastAPI, path: str, method: str) -> frozenset[str]:
    """Names of the operation's query parameters, as its OpenAPI document has them."""
    operation = app.openapi()["paths"].get(path, {}).get(method, {})
    return frozenset(entry["name"] for entry in operation.get("parameters", []) if entry["in"] == "query")
