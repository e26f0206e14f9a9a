"""Parts that the middlewares of this folder share: ASGI's types, headers, and a refusal as a problem body (RFC
9457).
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from http import HTTPStatus
from typing import Any

HUNG_UP = "hung_up"  # in a request's state: a function, for any thread, that looks whether the client has gone
LOCAL = "local"  # in a request's state: whether it came by the socket in the home, which only its owner can reach

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def headers(scope: Scope, name: str) -> list[str]:
    """Every value of a header. ASGI gives names in lower case, values as bytes."""
    wanted = name.lower().encode("latin-1")
    return [value.decode("latin-1") for key, value in scope["headers"] if key == wanted]


def problem_body(status: int, code: str, detail: str, request_id: str = "") -> bytes:
    """A problem, as those of `api/http/problems.py`."""
    problem = {
        "type": f"/docs/errors#{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "remedy": "",
        "request_id": request_id,
        "errors": [],
        "message": detail,
    }
    return json.dumps(problem).encode()


async def refuse(
    scope: Scope, send: Send, status: int, code: str, detail: str, extra: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """Answer with a problem body, and nothing else."""
    body = problem_body(status, code, detail, scope.get("state", {}).get("request_id", ""))
    fields = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        *extra,
    ]
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body})
