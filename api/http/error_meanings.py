"""The meaning of every code, made from the errors themselves."""

from __future__ import annotations

import inspect

from engine.errors import WinnowError

_HTTP = {
    "bad_request": "The request could not be read.",
    "head_timeout": "The head of a request did not come in time: see the setting `head_seconds`.",
    "head_too_large": "The request line and the headers are larger than the service accepts.",
    "invalid_request": "A part of the request is unknown, missing or out of bounds; `errors` names each.",
    "method_not_allowed": "The path exists, but not with this method; the header Allow names those that do.",
    "not_found": "There is no such path.",
    "request_timeout": "No answer had begun within the time that the service allows one request.",
    "shutting_down": "The service was stopped before it could finish the request; another try reaches its successor.",
    "too_large": "The request is larger than the service accepts.",
    "unknown_host": "The header Host names another service: see the setting `hosts`.",
    "unknown_origin": "A page of another origin asks: see the setting `origins`.",
    "unsupported_media_type": "The body is of a kind that the operation does not take.",
}


def meanings(statuses: dict[str, int]) -> list[tuple[str, int, str]]:
    """Each code with its status and what it means; `statuses` by code."""
    known = {kind.code: _meaning(kind) for kind in reversed(_kinds(WinnowError))} | _HTTP
    return [(code, statuses[code], known[code]) for code in sorted(statuses)]


def _kinds(base: type[WinnowError]) -> list[type[WinnowError]]:
    return [base, *(kind for child in base.__subclasses__() for kind in _kinds(child))]


def _meaning(kind: type[WinnowError]) -> str:
    """The class's own docstring, else its name in words."""
    own = kind.__dict__.get("__doc__")
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in kind.__name__).strip()
    return inspect.cleandoc(own).partition("\n\n")[0].replace("\n", " ") if own else f"{words[0].upper()}{words[1:]}."
