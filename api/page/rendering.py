"""Templates to responses. Everything is escaped; nothing is loaded from elsewhere, and no script runs."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.page import wording
from api.page.address import document_address
from api.page.excerpt import whole
from api.snippets import lines, pieces
from engine.query.request import LONGEST_QUERY
from engine.text.places import in_words
from engine.types import Place

_FOLDER = Path(__file__).parent
_STATIC = _FOLDER / "static"
_IN_FRAGMENT = "!$&'()*+,;=:@/?-._~"  # RFC 3986, 3.5
_WEB = re.compile(r"https?://[^\s/]\S*", re.IGNORECASE)
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "referrer-policy": "same-origin",  # a stricter one would make browsers send `Origin: null` with our own forms
    "x-content-type-options": "nosniff",
    "cache-control": "private, no-cache",
}


def page(template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A template as a response."""
    html = _ENVIRONMENT.get_template(template).render(context)
    return HTMLResponse(html.encode("utf-8", "replace"), status, headers=HEADERS)


def static_file(name: str) -> tuple[Path, str]:
    """A file of `static/` and its digest."""
    return _STATIC / name, _DIGESTS[name]


def web_address(uri: str) -> str | None:
    """The URI if a browser may be sent there: http and https only."""
    return uri if _WEB.fullmatch(uri) else None


def at_place(uri: str, places: Sequence[Place]) -> str:
    """A web address that leads to the first of the places: by an anchor, and to a page where it is of a PDF."""
    first = {place.kind: place.first for place in places}
    if "#" in uri:
        return uri
    if "anchor" in first:
        return f"{uri}#{quote(first['anchor'], safe=_IN_FRAGMENT)}"
    if "page" in first and first["page"].isdecimal() and urlsplit(uri).path.lower().endswith(".pdf"):
        return f"{uri}#page={first['page']}"
    return uri


def _static(name: str) -> str:
    return f"/page/{name}?v={_DIGESTS[name]}"


_DIGESTS = {path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:16] for path in sorted(_STATIC.iterdir())}
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(_FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.globals.update(
    at_place=at_place,
    counted=wording.counted,
    day=wording.day,
    document_address=document_address,
    in_words=in_words,
    lines=lines,
    longest_query=LONGEST_QUERY,
    modes=wording.MODES,
    pieces=pieces,
    plain=wording.plain,
    stages=wording.STAGES,
    static=_static,
    web_address=web_address,
    whole=whole,
)
