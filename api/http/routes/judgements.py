"""Judgements of a collection's documents: keep, list, take back. `winnow tune --judged` learns from them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from api.http.dependencies import CollectionName, ServiceOf
from api.http.json_route import resource
from api.http.problems import responses
from api.http.schemas.judgements import Judged, JudgementList, PutJudgements, judgements_of
from engine.query.request import LONGEST_QUERY

router = resource("judgements")
_PATH = "/v1/collections/{collection}/judgements"


@router.put(_PATH, operation_id="put_judgements", summary="Judge documents", responses=responses(507))
def put_judgements(service: ServiceOf, collection: CollectionName, body: PutJudgements) -> Judged:
    """Keeps how relevant documents are for queries; a grade takes the place of the one before."""
    judged = body.to_judge()
    service.judging.judge(collection, judged)
    return Judged(changed=len(judged), total=service.judging.read(collection).count)


@router.get(_PATH, operation_id="list_judgements", summary="List judgements", responses=responses())
def list_judgements(
    service: ServiceOf,
    collection: CollectionName,
    query: Annotated[
        str | None, Query(min_length=1, max_length=LONGEST_QUERY, description="only those for this query")
    ] = None,
) -> JudgementList:
    """All that people judged, here or on the page."""
    return judgements_of(service.judging.read(collection), query)


@router.delete(_PATH, operation_id="delete_judgements", summary="Take judgements back", responses=responses(507))
def delete_judgements(
    service: ServiceOf,
    collection: CollectionName,
    query: Annotated[
        str,
        Query(min_length=1, max_length=LONGEST_QUERY, description="that they were given for", examples=["leave"]),
    ],
    document_id: Annotated[
        str | None, Query(min_length=1, max_length=4096, description="only that of this document")
    ] = None,
) -> Judged:
    """Takes back what was judged for a query, of all documents or of one."""
    taken = service.judging.take_back(collection, query, document_id)
    return Judged(changed=taken, total=service.judging.read(collection).count)
