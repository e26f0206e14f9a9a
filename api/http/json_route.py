"""Routes that take JSON: the body becomes a model before FastAPI sees it, so that no body can hold up the event loop.

FastAPI parses and validates a body in the event loop, and makes an error of everything that is wrong with it. Here the
scope is checked first, the values are counted before any is made, and what is large is read in a thread. FastAPI then
gets the model, which it takes as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from email.message import Message
from typing import Any

import anyio
import anyio.to_thread
from fastapi import Request, Response, params
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.convertors import Convertor, register_url_convertor

from api.http.access import check_access
from api.http.json_text import InvalidJson, parse
from api.http.protection import brings_documents

MOST_VALUES = 200_000  # of a JSON body, objects and lists included
MOST_VALUES_OF_DOCUMENTS = 1_000_000  # of one that brings documents
_LIGHT = 2**16  # bytes that are read at once, in the event loop
_threads = anyio.CapacityLimiter(2)  # for what is larger: few, since they take the processor from the event loop


class _Whole(Convertor[str]):
    """`{name:whole}` in a path: whatever follows, slashes as of `path`, and line breaks too, which ids may hold."""

    regex = "(?s:.*)"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("whole", _Whole())


class JsonRoute(APIRoute):
    """A route; if its body is JSON, it is read as this module says."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()
        field = self.body_field
        if field is None or isinstance(field.field_info, params.Form):
            return handler
        model: Any = field.field_info.annotation
        most_values = MOST_VALUES_OF_DOCUMENTS if brings_documents(self.path_format) else MOST_VALUES

        async def checked(request: Request) -> Response:
            await check_access(request)  # nothing is read for those who may not ask
            raw = await request.body()
            if not raw:
                return await handler(request)
            if not _is_json(request.headers.get("content-type", "")):
                raise _invalid("Send JSON, and the header `Content-Type: application/json`.")
            if len(raw) <= _LIGHT:
                body = _model_of(raw, model, most_values)
            else:
                body = await anyio.to_thread.run_sync(_model_of, raw, model, most_values, limiter=_threads)
            return await handler(_Read(request, body))

        return checked


class _Read(Request):
    """A request whose body has been read already.

    https://fastapi.tiangolo.com/how-to/custom-request-and-route/
    """

    def __init__(self, request: Request, model: BaseModel) -> None:
        super().__init__(request.scope, request.receive, request._send)
        self._model = model

    async def body(self) -> bytes:
        return b"read"  # FastAPI asks whether there is any

    async def json(self) -> BaseModel:
        return self._model


def _model_of(raw: bytes, model: type[BaseModel], most_values: int) -> BaseModel:
    """The request's body as the route's model. RequestValidationError."""
    try:
        value = parse(raw, most_values)
    except InvalidJson as error:
        raise _invalid(error.message, *error.location) from None
    try:
        return model.model_validate(value)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        located = [{**part, "loc": ("body", *part["loc"])} for part in found]
        raise RequestValidationError(located, body=value) from None


def _invalid(message: str, *location: str | int) -> RequestValidationError:
    return RequestValidationError([{"type": "json_invalid", "loc": ("body", *location), "msg": message}])


def _is_json(content_type: str) -> bool:
    message = Message()
    message["content-type"] = content_type
    subtype = message.get_content_subtype()
    return message.get_content_maintype() == "application" and (subtype == "json" or subtype.endswith("+json"))
