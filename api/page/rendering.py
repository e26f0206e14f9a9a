"""Templates to responses. Everything is escaped, nothing is loaded from elsewhere, and only our own scripts run."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.page import wording
from api.page.excerpt import flowing, matched_words, whole
from api.page.plot import HEIGHT, WIDTH, plot
from api.page.reading import by_passage
from api.page.source import citation, date_of, short_source, title_of, web_address
from api.snippets import lines, pieces
from engine.query.request import LONGEST_QUERY
from engine.text.places import in_words
from engine.types import Place

_FOLDER = Path(__file__).parent
_FILES = _FOLDER / "static"
_IN_FRAGMENT = "!$&'()*+,;=:@/?-._~"  # RFC 3986, 3.5
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "same-origin",  # a stricter one would make browsers send `Origin: null` with our own forms
    "x-content-type-options": "nosniff",
    "cache-control": "private, no-cache",
}


def page(template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A template as a response."""
    return HTMLResponse(rendered(template, **context), status, headers=HEADERS)


def rendered(template: str, **context: Any) -> bytes:
    """A template as UTF-8."""
    return _ENVIRONMENT.get_template(template).render(context).encode("utf-8", "replace")


def static_file(name: str) -> tuple[Path, str]:
    """A file of `static/` and its digest."""
    return _FILES / name, _DIGESTS[name]


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


_DIGESTS = {path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:16] for path in sorted(_FILES.iterdir())}
STATIC = tuple(_DIGESTS)  # names of the files that pages refer to
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(_FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters.update(zip=zip, groups=by_passage)
_ENVIRONMENT.globals.update(
    at_place=at_place,
    citation=citation,
    counted=wording.counted,
    date_of=date_of,
    day=wording.day,
    flowing=flowing,
    in_words=in_words,
    lines=lines,
    longest_query=LONGEST_QUERY,
    matched_words=matched_words,
    modes=wording.MODES,
    pieces=pieces,
    plain=wording.plain,
    plot=plot,
    plot_size=(WIDTH, HEIGHT),
    short_source=short_source,
    since=lambda moment: wording.since(moment, datetime.now(UTC)),
    size=wording.size,
    stages=wording.STAGES,
    static=_static,
    title_of=title_of,
    web_address=web_address,
    whole=whole,
)
