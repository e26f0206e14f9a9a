"""Collections: create, list, describe, delete, suggest."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from api.http.access import CallerOf
from api.http.answers import answered
from api.http.dependencies import CollectionName, ServiceOf
from api.http.json_route import resource
from api.http.problems import responses
from api.http.schemas.collections import (
    CollectionList,
    CreateCollection,
    RenameCollection,
    StatsBody,
    Suggestions,
    stats_of,
    summary_of,
)
from indexer.prompting import AskedPrompts

router = resource("collections")


@router.get(
    "/v1/collections",
    operation_id="list_collections",
    summary="List collections",
    responses=responses(),
)
def list_collections(service: ServiceOf, caller: CallerOf) -> CollectionList:
    """Every collection that the key may read, by name."""
    summaries = service.collections.all()
    return CollectionList(collections=[summary_of(one) for one in summaries if caller.allows("read", one.name)])


@router.post(
    "/v1/collections",
    operation_id="create_collection",
    summary="Create a collection",
    status_code=201,
    response_model=StatsBody,
    responses=responses(507),
)
def create_collection(service: ServiceOf, caller: CallerOf, body: CreateCollection) -> Response:
    """A new, empty collection; `collection_exists` if there is one of that name."""
    caller.require("admin", body.name)
    prompts = AskedPrompts(body.query_prompt, body.document_prompt)
    stats = service.collections.create(body.name, body.encoder, body.reranker, body.chunker, prompts)
    return answered(stats_of(stats), {"location": f"/v1/collections/{body.name}"}, 201)


@router.get(
    "/v1/collections/{collection}",
    operation_id="get_collection",
    summary="Describe a collection",
    responses=responses(),
)
def get_collection(service: ServiceOf, collection: CollectionName) -> StatsBody:
    """Statistics of a collection: documents, chunks, bytes, languages, models, metadata fields, recipe."""
    return stats_of(service.collections.stats(collection))


@router.delete(
    "/v1/collections/{collection}",
    operation_id="delete_collection",
    summary="Delete a collection",
    status_code=204,
    response_class=Response,
    responses=responses(),
)
def delete_collection(service: ServiceOf, collection: CollectionName) -> None:
    """Deletes the collection with all its documents. Searches that run are answered."""
    service.collections.delete(collection)


@router.post(
    "/v1/collections/{collection}/rename",
    operation_id="rename_collection",
    summary="Rename a collection",
    responses=responses(507),
)
def rename_collection(
    service: ServiceOf, caller: CallerOf, collection: CollectionName, body: RenameCollection
) -> StatsBody:
    """Gives a collection another name, for which the key needs the scope `admin` as well. Searches that run are
    answered; links to the old name, and keys for it, do not follow.
    """
    caller.require("admin", body.name)
    service.collections.rename(collection, body.name)
    return stats_of(service.collections.stats(body.name))


@router.get(
    "/v1/collections/{collection}/suggest",
    operation_id="suggest",
    summary="Complete what somebody types",
    responses=responses(),
)
def suggest(
    service: ServiceOf,
    collection: CollectionName,
    prefix: Annotated[str, Query(max_length=256, description="what was typed so far", examples=["compo"])],
    limit: Annotated[int, Query(ge=1, le=50, description="how many")] = 10,
) -> Suggestions:
    """Titles, and words of titles, that begin with `prefix`, most frequent first."""
    return Suggestions(suggestions=service.collections.suggest(collection, prefix, limit))
