"""Search in one file, which is kept for the next questions and then forgotten, and never stored in a collection."""

from __future__ import annotations

import time
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, Response, UploadFile
from fastapi.responses import RedirectResponse

from api.errors import DocumentExpired
from api.http.access import CallerOf
from api.http.dependencies import Arrived, LimitsOf, ServiceOf
from api.http.limits import check_file_sizes
from api.http.problems import of_error
from api.page.address import BUDGET_MS, HITS
from api.page.excerpt import Briefs
from api.page.origin import OWN_FORM, check_origin
from api.page.rendering import HEADERS, page
from api.page.wording import remarks
from api.service.service import Service
from engine.errors import InvalidQuery, ParseFailed, WinnowError
from engine.query.request import LONGEST_QUERY
from engine.query.request import Request as Search
from engine.types import SearchResult
from indexer.parsers import PARSERS, listed
from indexer.sandbox.template import start
from indexer.sources.submitted import SubmittedFile

_SUFFIXES = sorted(suffix for parser in PARSERS for suffix in parser.suffixes)

router = APIRouter(include_in_schema=False)


@router.get("/document")
def ask_for_file(service: ServiceOf) -> Response:
    """The form of `search_file`. Whoever opens it will send a file: what reads it is started."""
    start()
    return _shown(service)


@router.post("/document")
def search_file(
    request: Request,
    service: ServiceOf,
    caller: CallerOf,
    limits: LimitsOf,
    arrived: Arrived,
    file: Annotated[UploadFile | None, File()] = None,
    q: Annotated[str, Form(max_length=LONGEST_QUERY)] = "",
    handle: Annotated[str, Form(max_length=64)] = "",
    name: Annotated[str, Form(max_length=1024)] = "",
) -> Response:
    """Passages of a file: of the one that is sent, else of the one that was kept under `handle`, whose `name` is told
    again. A file that is sent without a question is read and kept for it.
    """
    sent = file if file is not None and file.filename else None
    known: dict[str, Any] = {"handle": "" if sent else handle, "name": (sent and sent.filename) or name, "question": q}
    try:
        check_origin(request)
        if sent is not None:
            check_file_sizes([sent], limits)
            document = SubmittedFile("document", known["name"], sent.file.read())
            if not q.strip():
                known["handle"] = service.in_document.keep(document, owner=caller.owner)
                return _shown(service, **known)
            search = _asked(q, arrived)
            result, kept = service.in_document.search(document, search, keep=True, owner=caller.owner)
            known["handle"] = kept or ""
        else:
            result = _asked_again(service, handle, _asked(q, arrived), caller.owner)
    except WinnowError as error:
        found = of_error(request, error)
        gone = {"handle": "", "name": ""} if isinstance(error, DocumentExpired) else {}
        return _shown(service, found.status, problem=found, **{**known, **gone})
    seconds = time.monotonic() - arrived
    return _shown(service, result=result, seconds=seconds, remarks=remarks(result), brief=Briefs(result.query), **known)


@router.post("/document/forget", dependencies=[OWN_FORM])
def forget(service: ServiceOf, caller: CallerOf, handle: Annotated[str, Form(max_length=64)]) -> Response:
    """Forgets a file at once."""
    service.in_document.forget(handle, caller.owner)
    return RedirectResponse("/document", 303, headers=HEADERS)


def _asked(q: str, arrived: float) -> Search:
    if not q.strip():
        raise InvalidQuery("The question is empty.", "Ask something.")
    return Search(q, HITS, collapse=False, arrived=arrived, budget_ms=BUDGET_MS)


def _asked_again(service: Service, handle: str, search: Search, owner: str) -> SearchResult:
    if not handle:
        raise ParseFailed("No file was chosen.", "Choose one.")
    try:
        return service.in_document.ask(handle, search, owner)
    except DocumentExpired as error:
        raise DocumentExpired("The file is not kept any more.", "Choose it again.") from error


def _shown(service: Service, status: int = 200, **context: Any) -> Response:
    empty = {"problem": None, "result": None, "question": "", "handle": "", "name": ""}
    about = {"suffixes": _SUFFIXES, "formats": listed(), "minutes": round(service.in_document.seconds / 60)}
    return page("in_document.html", status, **{**empty, **about, **context})
