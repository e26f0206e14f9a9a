"""A search of several collections at once: one order of hits, each of which names its collection."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import RedirectResponse

from api.answers.merging import MergedResult
from api.http.access import CallerOf
from api.http.dependencies import Arrived, LimitsOf, ServiceOf
from api.http.limits import check_search
from api.page.address import BUDGET_MS, EVERY, MOST_COLLECTIONS, Address, asked, document_address, passage_address
from api.page.excerpt import Briefs
from api.page.facets import in_force
from api.page.judging import judged_answer
from api.page.rendering import HEADERS, page
from api.page.shelf import first_choice, readable
from api.page.suggesting import suggestions
from api.page.wording import DEGRADED, UNANSWERED, remarks
from api.security.callers import Caller
from api.service.service import Service
from api.settings import ServeSettings
from engine.errors import CollectionNotFound
from engine.types import Hit

router = APIRouter(include_in_schema=False)
_BY_WORDS = "Not every collection says how relevant a hit is: such hits go by the words of the question that they hold."


@dataclass(frozen=True, slots=True)
class Found:
    """A hit among those of several collections; `address` is the search, within the hit's collection."""

    hit: Hit
    address: Address


@router.get("/search")
def search(
    service: ServiceOf,
    caller: CallerOf,
    limits: LimitsOf,
    arrived: Arrived,
    address: Annotated[Address, Depends(asked)],
    collection: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """The answer of several collections, `in=*` of all. A form that has a collection as a field is led to that one, and
    one that names none to the collection that comes first.
    """
    known = [name for name in service.collections.names() if caller.allows("read", name)]
    if collection == EVERY:
        address = replace(address, among=(EVERY,))
    names = known if address.among == (EVERY,) else list(address.among)
    if len(names) < 2 or not address.q:
        chosen = collection.removeprefix(EVERY) or next(iter(names), None) or first_choice(readable(service, caller))
        return RedirectResponse(str(Address(chosen, address.q)) if chosen else "/", 303, headers=HEADERS)
    _check(service, caller, names)
    if names == known:
        address = replace(address, among=(EVERY,))
    return _answer(service, caller, limits, address, known, names[:MOST_COLLECTIONS], arrived)


def _check(service: Service, caller: Caller, names: list[str]) -> None:
    for name in names:
        caller.require("read", name)
    if missing := set(names) - set(service.collections.names()):
        raise CollectionNotFound(f"There is no collection {min(missing)!r}.", "Choose from those that there are.")


def _answer(
    service: Service,
    caller: Caller,
    limits: ServeSettings,
    address: Address,
    known: list[str],
    names: list[str],
    arrived: float,
) -> Response:
    request = replace(address.to_request(arrived, facets=(), budget_ms=BUDGET_MS), pageable=False)
    check_search(request, limits, len(names))
    merged = service.searching.search_many(names, request)
    outlines = [service.collections.outline(name) for name in names]
    hits = [Found(replace(one.hit, rank=one.rank), address.within(one.collection)) for one in merged.hits]
    others = [address.of(name) for name in known]
    judged = {name: judged_answer(service, caller, address, name) for name in names}
    troubles = [one.trouble for one in judged.values() if one is not None and one.trouble]
    return page(
        "across.html",
        address=address,
        known=known[:MOST_COLLECTIONS],
        names=names,
        calibrated=all(outline.calibrated for outline in outlines),
        others=others[:MOST_COLLECTIONS],
        hits=hits,
        judged=judged,
        candidates=sum(result.candidates for result in merged.results.values()),
        brief=Briefs(address.q, by_meaning=address.mode != "lexical"),
        passage_address=passage_address,
        document_address=lambda found: partial(document_address, found.address),
        seconds=time.monotonic() - arrived,
        remarks=[*_remarks(merged), *_left_out(known, names, address), *troubles],
        unanswered=all(UNANSWERED in result.degraded for result in merged.results.values()),
        in_force=in_force(address),
        suggestions=suggestions(address, sum(outline.documents for outline in outlines), []),
    )


def _remarks(merged: MergedResult) -> list[str]:
    """Remarks on each collection's answer: once where they hold for all, else with the names. That one of them has
    nothing to say is no news where another has.
    """
    by_remark: dict[str, list[str]] = {}
    for name, result in merged.results.items():
        for remark in remarks(result):
            by_remark.setdefault(remark, []).append(name)
    every = len(merged.results)
    if len(by_remark.get(DEGRADED[UNANSWERED], ())) < every:
        by_remark.pop(DEGRADED[UNANSWERED], None)
    found = [text if len(names) == every else f"{', '.join(names)}: {text}" for text, names in by_remark.items()]
    return [*found, *([_BY_WORDS] if merged.merged_by == "words" and merged.hits else [])]


def _left_out(known: list[str], names: list[str], address: Address) -> list[str]:
    left = len(known) - len(names) if address.among == (EVERY,) else 0
    return [f"Only the first {MOST_COLLECTIONS} collections are searched at once; {left} are left out."] if left else []
