"""Entity tags: what an answer depends on, hashed, so that a client that has it already is told so (RFC 9110, 8.8.3)."""

from __future__ import annotations

import hashlib
import json

from fastapi import Request


def etag(*parts: object) -> str:
    """A weak tag: equal parts give answers that mean the same, if not the same bytes (an answer holds its times)."""
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()
    return f'W/"{digest[:32]}"'


def is_known(request: Request, tag: str) -> bool:
    """Whether the client's `If-None-Match` names the tag."""
    given = request.headers.get("if-none-match", "")
    return given.strip() == "*" or tag in (part.strip() for part in given.split(","))
