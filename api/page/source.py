"""Where a hit comes from, in a few words: a folder and a file's name, or a site. Never a path of the server."""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import urlsplit

from engine.text.places import in_words
from engine.types import Document, Hit

_WEB = re.compile(r"https?://[^\s/]\S*", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\\/]+")
DATES = ("date", "published", "created", "updated", "modified")  # fields that date a document, the surest first


def web_address(uri: str) -> str | None:
    """The URI if a browser may be sent there: http and https only."""
    return uri if _WEB.fullmatch(uri) else None


def short_source(uri: str) -> str:
    """The last folder and the name of a file; of a web address, the site and the last part of its path."""
    if web_address(uri):
        try:
            parts = urlsplit(uri)
            name = [part for part in parts.path.split("/") if part][-1:]
            return "/".join([(parts.hostname or "").removeprefix("www."), *name])
        except ValueError:  # brackets that hold no address
            return uri
    return "/".join([part for part in _SEPARATORS.split(uri.removeprefix("file://")) if part][-2:]) or uri


def title_of(document: Document) -> str:
    """The title, or a name for a document that has none."""
    return document.title or short_source(document.id)


def date_of(document: Document) -> date | None:
    """The date of a document, as its metadata has it."""
    found = (document.metadata.get(name) for name in DATES)
    return next((value for value in found if isinstance(value, date)), None)


def citation(hit: Hit) -> str:
    """A hit as one would cite it: title, source, place."""
    source = hit.document.uri if web_address(hit.document.uri) else short_source(hit.document.uri)
    return ", ".join(part for part in (title_of(hit.document), source, in_words(hit.snippet.places)) if part)
