"""Server-sent events, https://html.spec.whatwg.org/multipage/server-sent-events.html, one JSON object each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from fastapi import Request
from pydantic import BaseModel
from starlette.concurrency import iterate_in_threadpool
from starlette.responses import StreamingResponse

from api.http.answers import encoded
from api.http.problems import of_error
from engine.errors import WinnowError

MEDIA_TYPE = "text/event-stream"
_EVENT_SCHEMA = {  # of one event, as OpenAPI 3.2 (4.14.4) has it
    "type": "object",
    "properties": {"event": {"type": "string"}, "data": {"type": "string", "contentMediaType": "application/json"}},
    "required": ["event", "data"],
}
Event = tuple[str, BaseModel | Mapping[str, Any]]  # its name, its data


class EventStream(StreamingResponse):
    """A response of events."""

    media_type = MEDIA_TYPE


def event_stream(request: Request, events: Iterator[Event] | AsyncIterator[Event]) -> EventStream:
    """The events as they come. A typed error on the way becomes a last event `error`, whose data is a problem."""
    source = events if isinstance(events, AsyncIterator) else iterate_in_threadpool(events)

    async def lines() -> AsyncIterator[bytes]:
        try:
            async for name, data in source:
                yield _format(name, data)
        except WinnowError as error:
            yield _format("error", of_error(request, error))

    return EventStream(lines(), headers={"cache-control": "no-store"})


def documented(description: str) -> dict[str, Any]:
    """Describe to OpenAPI a 200 that may be a stream."""
    return {"description": description, "content": {MEDIA_TYPE: {"schema": _EVENT_SCHEMA}}}


def _format(name: str, data: BaseModel | Mapping[str, Any]) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), encoded(data))
