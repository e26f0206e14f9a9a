"""The middlewares that every request passes before it reaches a route, in this order, outermost first."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from api.http.authentication import Authentication
from api.http.request_ids import RequestIds
from api.security.bodies import BodyLimit
from api.security.callers import Callers
from api.security.exposure import is_loopback, is_wildcard
from api.security.forms import WholeForms
from api.security.hosts import ANY, LOOPBACK, HostCheck
from api.security.keys import KeyStore
from api.security.limits import RateLimiter
from api.security.response_headers import ResponseHeaders
from api.security.times import TimeLimit
from api.settings import ServeSettings

_ASKED = ("authorization", "x-api-key", "content-type", "if-none-match", "x-request-id")
_SHOWN = ("etag", "location", "retry-after", "x-request-id")


def install(app: FastAPI, settings: ServeSettings, keys: KeyStore) -> None:
    """Put the middlewares on; what is added last comes first."""
    callers = Callers(keys, exposed=not is_loopback(settings.host))
    app.add_middleware(WholeForms)
    app.add_middleware(TimeLimit, seconds=lambda path: settings.request_seconds)
    app.add_middleware(BodyLimit, limit=lambda path: body_limit(path, settings))
    app.add_middleware(Authentication, callers=callers, limiter=RateLimiter(settings.rate, settings.burst))
    if settings.origins:  # before authentication: a browser asks leave (OPTIONS) without the key
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.origins,
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=_ASKED,
            expose_headers=_SHOWN,
            max_age=600,
        )
    app.add_middleware(HostCheck, hosts=hosts_of(settings), origins=settings.origins)
    app.add_middleware(ResponseHeaders)
    app.add_middleware(RequestIds)


def body_limit(path: str, settings: ServeSettings) -> int:
    """Bytes that a request to `path` may have: those that bring documents may have more."""
    return settings.upload_bytes if brings_documents(path) else settings.body_bytes


def brings_documents(path: str) -> bool:
    """Whether requests to `path` bring documents."""
    return path.startswith(("/v1/documents/", "/document")) or path.endswith(("/documents", "/documents/files"))


def hosts_of(settings: ServeSettings) -> frozenset[str]:
    """Names in the header Host that mean us.

    The check is against pages that reach a service without keys through a browser (DNS rebinding). One that listens on
    every address asks for keys, which such a page has not, and cannot know its names: it takes any unless told.
    """
    if is_wildcard(settings.host) and not settings.hosts:
        return frozenset({ANY})
    return frozenset({*LOOPBACK, settings.host.lower().strip("[]"), *settings.hosts})
