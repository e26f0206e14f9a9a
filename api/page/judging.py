"""Judging from the page: relevant or not, hit by hit; and the files of all judgements."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Response
from fastapi.responses import RedirectResponse

from api.http.dependencies import CollectionName, ServiceOf
from api.page.address import Address
from api.page.origin import OWN_FORM
from api.page.rendering import HEADERS
from api.security.callers import Caller
from api.service.service import Service
from engine.errors import ParseFailed, UsageError
from engine.query.request import LONGEST_QUERY
from indexer.evaluation.judging import NOT_RELEVANT, RELEVANT, JudgedHits, Judgement

router = APIRouter(include_in_schema=False)
GRADES = {"relevant": RELEVANT, "not-relevant": NOT_RELEVANT, "none": None}
_HITS = re.compile(r"/(collections/[a-z0-9_-]+|search)\?[^\s\\]*")  # a page of ours with hits


@dataclass(frozen=True, slots=True)
class JudgedAnswer:
    """The judgements of an answer's documents, and where the form of each hit goes to and leads back to. `trouble` is
    why they cannot be read, if so: then nothing can be judged.
    """

    q: str
    grades: Mapping[str, int]
    action: str
    back: str
    trouble: str = ""


def read_judged(service: Service, collection: str) -> tuple[JudgedHits, str]:
    """All that was judged of a collection; nothing, and why, where it cannot be read: a search does without."""
    try:
        return service.judging.read(collection), ""
    except ParseFailed as error:
        return JudgedHits({}, {}), f"What was judged of {collection} is left out: {error.message} {error.remedy}"


def judged_answer(service: Service, caller: Caller, address: Address, collection: str) -> JudgedAnswer | None:
    """The judgements of one collection's hits; None where the caller may not judge them."""
    if not caller.allows("write", collection):
        return None
    judged, trouble = read_judged(service, collection)
    action, back = f"/collections/{collection}/judge", str(replace(address, fused=False))
    return JudgedAnswer(address.q, judged.of(address.q), action, back, trouble)


@router.post("/collections/{collection}/judge", dependencies=[OWN_FORM])
def judge(
    service: ServiceOf,
    collection: CollectionName,
    q: Annotated[str, Form(max_length=LONGEST_QUERY)],
    document: Annotated[str, Form(max_length=4096)],
    grade: Annotated[Literal["relevant", "not-relevant", "none"], Form()],
    back: Annotated[str, Form(max_length=100_000)],
) -> Response:
    """Keeps what somebody says of a hit, and leads back to where it was said."""
    if not _HITS.fullmatch(back):
        raise UsageError("The form does not say where it was sent from.", "Use the buttons below a hit.")
    service.judging.judge(collection, [Judgement(q, document, GRADES[grade])])
    return RedirectResponse(back, 303, headers=HEADERS)


@router.get("/collections/{collection}/judgements/{name}")
def download(service: ServiceOf, collection: CollectionName, name: Literal["queries.jsonl", "qrels.jsonl"]) -> Response:
    """A file of the judgements, as `winnow tune` takes it."""
    headers = {**HEADERS, "content-disposition": f'attachment; filename="{collection}-{name}"'}
    return Response(service.judging.files(collection)[name], media_type="application/jsonl", headers=headers)
