"""What the middlewares of this folder share: ASGI's types, headers, and a refusal as a problem body (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def headers(scope: Scope, name: str) -> list[str]:
    """Every value of a header. ASGI gives names in lower case, values as bytes."""
    wanted = name.lower().encode("latin-1")
    return [value.decode("latin-1") for key, value in scope["headers"] if key == wanted]


async def refuse(send: Send, status: int, code: str, title: str, extra: Iterable[tuple[bytes, bytes]] = ()) -> None:
    """Answer with a problem body and nothing else."""
    body = json.dumps({"type": "about:blank", "title": title, "status": status, "code": code}).encode()
    fields = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        *extra,
    ]
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body})
