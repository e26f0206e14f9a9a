"""The states that a service is rarely in, before axe: nothing relevant, degraded, embedding, empty, refused, offline.

The application answers in this process, where its service can be made to say what it would only say then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.security.keys import FILE, KeyStore
from api.service.service import Service
from api.serving.app import create_app
from tests.api.page.conftest import BROWSER, HERE, service
from tests.browser.test_axe import axe, faults, page

__all__ = ["axe", "page", "service"]  # fixtures
pytestmark = pytest.mark.slow
HITS = "/collections/notes?q=river"
DEGRADED = ("rerank", "rerank:budget", "dense:language", "dense:overloaded", "query:language", "query:truncated")


@pytest.fixture
def app(page: Any, service: Service) -> Iterator[Callable[..., None]]:
    """Have the page's requests answered by the application, `app(authorization=...)` with these headers."""
    with TestClient(create_app(service), raise_server_exceptions=False, base_url=HERE, headers=BROWSER) as client:

        def answer(headers: dict[str, str], route: Any) -> None:
            request = route.request
            kept = {name: request.headers[name] for name in ("accept", "content-type") if name in request.headers}
            found = client.request(
                request.method, request.url, headers=kept | headers, content=request.post_data_buffer
            )
            route.fulfill(status=found.status_code, headers=dict(found.headers), body=found.content)

        def begin(**headers: str) -> None:
            page.unroute_all()
            page.route("**/*", lambda route: answer(headers, route))

        begin()
        yield begin
        (service.home / FILE).unlink(missing_ok=True)


def shown(page: Any, axe: str, path: str, says: str) -> list[str]:
    page.goto(HERE + path)
    assert says in page.locator("body").inner_text(), path
    return faults(page, axe, says)


def test_poorer_answers(page: Any, axe: str, app: Any, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    search, stats = service.searching.search, service.collections.stats
    changes: dict[str, Any] = {"degraded": ("query:unanswered",)}
    monkeypatch.setattr(service.searching, "search", lambda *asked: replace(search(*asked), **changes))
    found = shown(page, axe, HITS, "Nothing relevant")
    changes.update(degraded=DEGRADED)
    found += shown(page, axe, HITS, "The reranker failed")
    changes.update(degraded=(), dense_coverage=0.4)
    monkeypatch.setattr(service.collections, "stats", lambda name: replace(stats(name), dense_coverage=0.4))
    found += shown(page, axe, HITS, "still being embedded")
    found += shown(page, axe, "/", "40%")
    found += shown(page, axe, "/health", "cannot be found by meaning yet")
    changes.update(hits=())
    found += shown(page, axe, HITS, "Nothing found")
    assert not found, "\n".join(found)


def test_empty_refused_and_offline(page: Any, axe: str, app: Any, service: Service) -> None:
    found = shown(page, axe, "/collections/empty", "It is empty")
    found += shown(page, axe, "/collections/empty?q=river", "The collection is empty")
    page.goto(HERE + HITS)
    page.unroute_all()
    page.route("**/*", lambda route: route.abort("internetdisconnected"))
    page.locator("header #q").fill("bridge")
    page.get_by_text("The search did not work").wait_for()
    found += faults(page, axe, "offline")
    secret = KeyStore(service.home).create("narrow", collections=["notes"], filter="checked:true")[1]
    app()
    found += shown(page, axe, "/", "A key is needed")
    app(authorization=f"Bearer {secret}")
    found += shown(page, axe, "/health", "This key does not open that")
    assert not found, "\n".join(found)
