"""Errors as pages: the API's own problems, with the same statuses and headers, in words for people."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.problems import MEDIA_TYPE, problem
from api.page.address import ACROSS, Address
from api.page.rendering import page

HEADLINES = {
    "collection_exists": "That name is taken",
    "collection_not_found": "There is no such collection",
    "document_not_found": "There is no such document",
    "forbidden": "This key does not open that",
    "generation_expired": "These pages have expired",
    "invalid_cursor": "This link to a page is broken",
    "invalid_filter": "This filter cannot be used",
    "invalid_query": "There is no question",
    "not_found": "There is no such page",
    "overloaded": "Too busy just now",
    "rate_limited": "Too many requests",
    "too_large": "That is too large",
    "unauthenticated": "A key is needed",
    "writer_busy": "Somebody else is writing",
}
# In place of what the API says to programs.
WORDS = {
    "collection_not_found": "It may have been deleted, or have another name.",
    "generation_expired": "The documents have changed since, and the ranking that the pages were cut from is gone.",
    "invalid_cursor": "It was cut off or changed on its way, or it belongs to another collection.",
    "not_found": "The address may be misspelt.",
    "unauthenticated": (
        "Load this page again, and give the key as the password when your browser asks; the name does not matter. "
        "Whoever runs this service makes keys with `winnow keys create`."
    ),
}
_AGAIN = ("generation_expired", "invalid_cursor", "invalid_filter", "overloaded", "writer_busy")  # asking again helps


class ErrorPages:
    """ASGI middleware: where a browser wanted a page and a problem (RFC 9457) comes, shows it as one.

    Whoever refused the request, a route or another middleware, need not know of the page.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _wants_page(scope):
            await self._app(scope, receive, send)
            return
        refused: Message | None = None
        body, started = b"", False

        async def watched(message: Message) -> None:
            nonlocal refused, body, started
            if message["type"] == "http.response.start" and _is_problem(message):
                refused = message
            elif refused is None:
                started = True
                await send(message)
            else:
                body += message.get("body", b"")
                if not message.get("more_body", False):
                    await _show(json.loads(body), refused, scope, send)

        try:
            await self._app(scope, receive, watched)
        except Exception:  # which the server logs
            if not started and refused is None:
                found = problem(Request(scope), 500, "error", "The service failed for an unexpected reason.")
                await _show(found.model_dump(), {"headers": []}, scope, send)
            raise


def _wants_page(scope: Scope) -> bool:
    """A browser, which says that it would like HTML, and not in the part that is for programs."""
    return not scope["path"].startswith("/v1/") and "text/html" in Headers(scope=scope).get("accept", "")


def _is_problem(message: Message) -> bool:
    return Headers(raw=message["headers"]).get("content-type", "").startswith(MEDIA_TYPE)


async def _show(found: dict[str, Any], refused: Message, scope: Scope, send: Send) -> None:
    again = _again(scope) if found["code"] in _AGAIN else None
    headline = HEADLINES.get(found["code"], "That did not work")
    words = WORDS.get(found["code"], f"{found['detail']} {found['remedy']}".strip())
    shown = page("error.html", found["status"], problem=found, headline=headline, words=words, again=again)
    headers = MutableHeaders(raw=list(refused["headers"]))
    for name, value in shown.headers.items():
        headers[name] = value
    headers.add_vary_header("accept")
    await send({"type": "http.response.start", "status": shown.status_code, "headers": headers.raw})
    await send({"type": "http.response.body", "body": bytes(shown.body)})


def _again(scope: Scope) -> str | None:
    """The question that was asked, without whatever else the address held."""
    place, _, collection = scope["path"].strip("/").partition("/")
    asked = parse_qs(scope["query_string"].decode("latin-1"))
    question, among = asked.get("q", [""])[0], tuple(asked.get("in", ()))
    if place == ACROSS.strip("/") and question and among:
        return str(Address("", question, among=among))
    return str(Address(collection, question)) if place == "collections" and collection and question else None
