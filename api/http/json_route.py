"""Routes that take JSON: each operation is one plain function of its request, and no body can hold up the event loop.

FastAPI finds these routes and describes them. By itself it would resolve an endpoint's arguments anew for each request,
as a tree of dependencies, parse and validate the body in the event loop, and make an error of everything that is wrong
with it. Here it is known from the beginning how each argument is made; the scope is checked first, and the values of
the body are counted before any is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Depends, Request, Response, params
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.convertors import Convertor, register_url_convertor
from starlette.types import Receive, Scope, Send

from api.http.access import check_access
from api.http.answers import answered
from api.http.dependencies import refuse_unknown_fields, refuse_unknown_parameters
from api.http.json_body import read_body
from api.http.protection import brings_documents

if TYPE_CHECKING:
    from fastapi._compat import ModelField

MOST_VALUES = 200_000  # of a JSON body, objects and lists included
MOST_VALUES_OF_DOCUMENTS = 1_000_000  # of one that brings documents


class _Whole(Convertor[str]):
    """`{name:whole}` in a path: whatever follows, slashes as of `path`, and line breaks too, which ids may hold."""

    regex = "(?s:.*)"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("whole", _Whole())


class JsonRoute(APIRoute):
    """A route; if its body is JSON, it is answered as this module says."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        takes_json = self.body_field is not None and not isinstance(self.body_field.field_info, params.Form)
        self._operation = _Operation(self) if takes_json else None

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._operation is None or scope["method"] not in (self.methods or ()):
            await super().handle(scope, receive, send)
            return
        answer = await self._operation.answer(Request(scope, receive, send))
        await answer(scope, receive, send)


def resource(tag: str) -> APIRouter:
    """A router for the operations of one resource, each of which checks its caller's scope and the names of parameters
    and fields.

    An application takes its `routes` as they are. Included (`include_router`) FastAPI would look for each request's
    route twice, once to find the router and once to find the route.
    """
    checks = [Depends(check_access), Depends(refuse_unknown_fields)]
    return APIRouter(tags=[tag], route_class=JsonRoute, dependencies=checks)


class _Operation:
    """An endpoint that takes a model of the body, and beside it parameters of the path and the query string, the
    request, and what functions of the request alone return (`Depends`).
    """

    def __init__(self, route: APIRoute) -> None:
        """Raise TypeError for an endpoint that takes anything else."""
        endpoint, wanted = route.endpoint, route.dependant
        made = [one for one in wanted.dependencies if one.call not in (check_access, refuse_unknown_fields)]
        self._depends = {one.name: one.call for one in made if one.name and iscoroutinefunction(one.call)}
        others = wanted.header_params or wanted.cookie_params or wanted.response_param_name
        if others or len(self._depends) < len(made) or len(wanted.body_params) != 1:
            raise TypeError(f"{route.path}: an operation that takes JSON cannot have such arguments.")
        self._body = wanted.body_params[0]
        self._path, self._query = wanted.path_params, wanted.query_params
        self._request = wanted.request_param_name
        self._most_values = MOST_VALUES_OF_DOCUMENTS if brings_documents(route.path_format) else MOST_VALUES
        self._call, self._waits = endpoint, iscoroutinefunction(endpoint)
        self._status = route.status_code or 200

    async def answer(self, request: Request) -> Response:
        await check_access(request)  # nothing is read for those who may not ask
        await refuse_unknown_parameters(request)
        model: Any = self._body.field_info.annotation
        arguments: dict[str, Any] = {self._body.name: await read_body(request, model, self._most_values)}
        for name, made in self._depends.items():
            arguments[name] = await made(request)
        arguments |= _given("path", request.path_params, self._path)
        arguments |= _given("query", request.query_params, self._query)
        if self._request is not None:
            arguments[self._request] = request
        if self._waits:
            answer = await self._call(**arguments)
        else:
            answer = await request.app.state.threads.run(self._call, **arguments)
        return answer if isinstance(answer, Response) else answered(answer, status=self._status)


def _given(where: str, values: Mapping[str, Any], fields: list[ModelField]) -> dict[str, Any]:
    """The parameters of a request, each of one value. RequestValidationError."""
    found: dict[str, Any] = {}
    for field in fields:
        if field.alias not in values and not field.field_info.is_required():
            found[field.name] = field.get_default()
            continue
        found[field.name], wrong = field.validate(values.get(field.alias), loc=(where, field.alias))
        if wrong:
            raise RequestValidationError(wrong)
    return found
