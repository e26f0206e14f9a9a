"""Server-sent events, https://html.spec.whatwg.org/multipage/server-sent-events.html, one JSON object each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from fastapi import Request
from pydantic import BaseModel
from starlette.concurrency import iterate_in_threadpool
from starlette.responses import StreamingResponse

from api.http.problems import of_error
from engine.errors import WinnowError

MEDIA_TYPE = "text/event-stream"
_EVENT_SCHEMA = {  # of one event, as OpenAPI 3.2 (4.14.4) has it
    "type": "object",
    "properties": {"event": {"type": "string"}, "data": {"type": "string", "contentMediaType": "application/json"}},
    "required": ["event", "data"],
}
Event = tuple[str, BaseModel]  # its name, its data


class EventStream(StreamingResponse):
    """A response of events."""

    media_type = MEDIA_TYPE


def event_stream(request: Request, events: Iterator[Event] | AsyncIterator[Event]) -> EventStream:
    """The events as they come. A typed error on the way becomes a last event `error`, whose data is a problem."""
    source = events if isinstance(events, AsyncIterator) else iterate_in_threadpool(events)

    async def lines() -> AsyncIterator[str]:
        try:
            async for name, data in source:
                yield _format(name, data)
        except WinnowError as error:
            yield _format("error", of_error(request, error))

    return EventStream(lines(), headers={"cache-control": "no-store"})


def documented(description: str) -> dict[str, Any]:
    """Describe to OpenAPI a 200 that may be a stream."""
    return {"description": description, "content": {MEDIA_TYPE: {"schema": _EVENT_SCHEMA}}}


def _format(name: str, data: BaseModel) -> str:
    return f"event: {name}\ndata: {data.model_dump_json()}\n\n"
