"""Dependencies of routes: the service, the limits, and that a query string or a form holds nothing unknown, and nothing
twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, get_origin

import anyio.to_thread
from fastapi import Depends, FastAPI, Path, Request, params
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import ImmutableMultiDict

from api.http.names import listed, unknown_name
from api.security.callers import Caller
from api.service.service import Service
from api.settings import ServeSettings
from engine.store.names import COLLECTION

_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")


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
    """Every query parameter must be one that the operation knows, and be there once unless it is a list: a misspelt
    filter must not return everything, and of two values none is dropped.
    """
    if not request.scope["query_string"]:
        return
    if request.app.openapi_schema is None:  # it takes a second to make, for which nobody else should wait
        await anyio.to_thread.run_sync(request.app.openapi)
    known = _parameters(request.app, request.scope["route"].path_format, request.method.lower())
    _refuse_unknown("query", "parameters", request.query_params, known)


async def refuse_unknown_fields(request: Request) -> None:
    """The same of the fields of a form; FastAPI has read it by now, where the operation takes one."""
    await refuse_unknown_parameters(request)
    fields = request.scope["route"].dependant.body_params
    if not fields or not isinstance(fields[0].field_info, params.Form):
        return
    if not request.headers.get("content-type", "").startswith(_FORMS):
        remedy = "Send a form, as `curl -F` does: `Content-Type: multipart/form-data`."
        raise RequestValidationError(
            [{"type": "form_invalid", "loc": ("body",), "msg": "This is no form.", "ctx": {"remedy": remedy}}]
        )
    form = await request.form()
    _refuse_unknown("body", "fields", form, {one.alias: _is_list(one.field_info.annotation) for one in fields})
    files = [one.alias for one in fields if isinstance(one.field_info, params.File)]
    wrong = [name for name in files if any(isinstance(value, str) for value in form.getlist(name))]
    if wrong:
        said = "This has to be a file, with a name (`filename=` in its header)."
        raise RequestValidationError([{"type": "file_invalid", "loc": ("body", name), "msg": said} for name in wrong])


def _refuse_unknown(place: str, what: str, given: ImmutableMultiDict[str, Any], known: Mapping[str, bool]) -> None:
    """Raise RequestValidationError for names that are not `known`, and for those that come twice and are no list."""
    if unknown := sorted(given.keys() - known.keys()):
        remedy = f"The {what} are {listed(sorted(known))}." if known else f"This operation takes no {what}."
        said = {"type": "extra_forbidden", "ctx": {"remedy": remedy}}
        raise RequestValidationError(
            [{**said, "loc": (place, name), "msg": unknown_name(name, known)} for name in unknown]
        )
    if len(given) < len(given.multi_items()) and (
        twice := [name for name in given if not known[name] and len(given.getlist(name)) > 1]
    ):
        said = {"type": "given_twice", "ctx": {"remedy": "Give it once."}}
        raise RequestValidationError([{**said, "loc": (place, name), "msg": "This is given twice."} for name in twice])


@lru_cache(maxsize=256)
def _parameters(app: FastAPI, path: str, method: str) -> Mapping[str, bool]:
    """Names of the operation's query parameters, as its OpenAPI document has them, and whether they are lists."""
    operation = app.openapi()["paths"].get(path, {}).get(method, {})
    own = [entry for entry in operation.get("parameters", []) if entry["in"] == "query"]
    return {entry["name"]: entry["schema"].get("type") == "array" for entry in own}


def _is_list(annotation: object) -> bool:
    return get_origin(annotation) is list
