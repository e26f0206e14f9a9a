"""Forms that change something are taken from our own pages only."""

from __future__ import annotations

from fastapi import Depends, Request

from api.errors import Forbidden
from api.security.hosts import origin_allowed


def check_origin(request: Request) -> None:
    """Refuse a form of another site (Forbidden), also of one that CORS lets use the API. What is not a browser sends
    no Origin.
    """
    origin, host = request.headers.get("origin"), request.headers.get("host", "")
    schemes = {request.url.scheme, "https"}  # a proxy in front may end TLS
    if origin is not None and not any(origin_allowed(origin, host, scheme, ()) for scheme in schemes):
        raise Forbidden("The form was sent by another site.", "Use the form of this page.")


OWN_FORM = Depends(check_origin)
