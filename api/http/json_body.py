"""The body of a request as a model: counted before a value is made of it, and read in a thread where it is large."""

from __future__ import annotations

from email.message import Message

import anyio
import anyio.to_thread
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from api.http.json_text import InvalidJson, parse
from engine.awaited import check_awaited

_LIGHT = 2**16  # bytes that are read at once, in the event loop
_threads = anyio.CapacityLimiter(2)  # for what is larger: few, since they take the processor from the event loop


async def read_body(request: Request, model: type[BaseModel], most_values: int) -> BaseModel:
    """The request's body, which may hold so many values, as a model. RequestValidationError."""
    raw = await request.body()
    if not raw:
        raise _invalid("missing", "A body is needed.")
    if not _is_json(request.headers.get("content-type", "")):
        raise _invalid("json_invalid", "Send JSON, and the header `Content-Type: application/json`.")
    if len(raw) <= _LIGHT:
        return _model_of(raw, model, most_values)
    return await anyio.to_thread.run_sync(_model_of, raw, model, most_values, limiter=_threads)


def _model_of(raw: bytes, model: type[BaseModel], most_values: int) -> BaseModel:
    """The model of a body's bytes. RequestValidationError; Abandoned."""
    check_awaited()
    try:
        value = parse(raw, most_values)
    except InvalidJson as error:
        raise _invalid("json_invalid", error.message, *error.location) from None
    try:
        return model.model_validate(value)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        located = [{**part, "loc": ("body", *part["loc"])} for part in found]
        raise RequestValidationError(located, body=value) from None


def _invalid(kind: str, message: str, *location: str | int) -> RequestValidationError:
    return RequestValidationError([{"type": kind, "loc": ("body", *location), "msg": message}])


def _is_json(content_type: str) -> bool:
    if content_type == "application/json":  # as nearly all clients send it
        return True
    message = Message()
    message["content-type"] = content_type
    subtype = message.get_content_subtype()
    return message.get_content_maintype() == "application" and (subtype == "json" or subtype.endswith("+json"))
