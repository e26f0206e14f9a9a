"""In-document search: a text or a file with its question, or before it; nothing is stored."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import File, Form, Path, Response, UploadFile

from api.answers.searching import answer_of
from api.asking import MOST_HITS, told
from api.http.access import CallerOf
from api.http.dependencies import Arrived, LimitsOf, ServiceOf
from api.http.json_route import resource
from api.http.limits import check_file_sizes, check_search, check_text
from api.http.problems import responses
from api.http.schemas.in_document import (
    DEPTH,
    DocumentSearchAnswer,
    DocumentSearchBody,
    DocumentToKeep,
    EncoderName,
    KeptDocument,
    RerankerName,
    document_answer_of,
)
from api.security.callers import Caller
from api.service.service import Service
from api.settings import ServeSettings
from engine.models.checkpoints.presets import BUNDLED
from engine.query.request import LONGEST_QUERY, Rerank
from engine.query.request import Request as Search
from indexer.parsers import listed
from indexer.sources.submitted import Submitted, SubmittedFile

router = resource("in-document search")
Document = Annotated[UploadFile, File(description=listed())]


@router.post(
    "/v1/documents/search",
    operation_id="search_document",
    summary="Search in one document",
    response_model=DocumentSearchAnswer,
    responses=responses(),
)
def search_document(
    service: ServiceOf, caller: CallerOf, limits: LimitsOf, arrived: Arrived, body: DocumentSearchBody
) -> Any:
    """Passages of a text that answer the query. With `keep` the text need not be sent again for the next question."""
    search = body.to_request(arrived)
    check_search(search, limits)
    check_text(body.text or "", limits)
    handle = body.handle
    if handle is not None:
        result = service.in_document.ask(handle, search, caller.owner)
    else:
        result, handle = service.in_document.search(
            body.to_submitted(),
            search,
            encoder=body.encoder,
            reranker=body.reranker,
            keep=body.keep,
            owner=caller.owner,
        )
    return document_answer_of(answer_of(result, None, explain=body.explain), handle, service.in_document.seconds)


@router.post(
    "/v1/documents/search/file",
    operation_id="search_file",
    summary="Search in one file",
    response_model=DocumentSearchAnswer,
    responses=responses(),
)
def search_file(
    service: ServiceOf,
    caller: CallerOf,
    limits: LimitsOf,
    arrived: Arrived,
    file: Document,
    query: Annotated[str, Form(min_length=1, max_length=LONGEST_QUERY, description="what is asked of the file")],
    k: Annotated[int, Form(ge=1, le=MOST_HITS, description="how many hits")] = 10,
    rerank: Annotated[Rerank | None, Form(description=told("rerank"))] = None,
    rerank_depth: Annotated[int | None, Form(ge=0, le=MOST_HITS, description=DEPTH)] = None,
    budget_ms: Annotated[float | None, Form(gt=0, le=600_000, description=told("budget_ms"))] = None,
    explain: Annotated[bool, Form(description="each hit's rank and score at every stage")] = False,
    keep: Annotated[bool, Form(description="keep the document for more questions and return a handle")] = False,
    encoder: Annotated[EncoderName, Form()] = None,
    reranker: Annotated[RerankerName, Form()] = BUNDLED,
) -> Any:
    """Passages of a file that answer the query."""
    search = Search(
        query,
        k,
        collapse=False,
        rerank=rerank,
        rerank_depth=rerank_depth,
        budget_ms=budget_ms,
        arrived=arrived,
    )
    check_search(search, limits)
    result, handle = service.in_document.search(
        _submitted(file, limits), search, encoder=encoder, reranker=reranker, keep=keep, owner=caller.owner
    )
    return document_answer_of(answer_of(result, None, explain=explain), handle, service.in_document.seconds)


@router.post(
    "/v1/documents/handles",
    operation_id="keep_document",
    summary="Keep a document for questions",
    status_code=201,
    response_model=KeptDocument,
    responses=responses(),
)
def keep_document(service: ServiceOf, caller: CallerOf, limits: LimitsOf, body: DocumentToKeep) -> Any:
    """Read a text before anything is asked about it: the answers come sooner than where it comes with its question."""
    check_text(body.text, limits)
    return _kept(service, caller, body.to_submitted(), body.encoder, body.reranker)


@router.post(
    "/v1/documents/handles/file",
    operation_id="keep_file",
    summary="Keep a file for questions",
    status_code=201,
    response_model=KeptDocument,
    responses=responses(),
)
def keep_file(
    service: ServiceOf,
    caller: CallerOf,
    limits: LimitsOf,
    file: Document,
    encoder: Annotated[EncoderName, Form()] = None,
    reranker: Annotated[RerankerName, Form()] = BUNDLED,
) -> Any:
    """Read a file before anything is asked about it: the answers come sooner than where it comes with its question."""
    return _kept(service, caller, _submitted(file, limits), encoder, reranker)


@router.delete(
    "/v1/documents/handles/{handle}",
    operation_id="forget_document",
    summary="Forget a document that was kept",
    status_code=204,
    response_class=Response,
    responses=responses(),
)
def forget_document(
    service: ServiceOf, caller: CallerOf, handle: Annotated[str, Path(max_length=64, description="of a kept document")]
) -> None:
    """Forget the document at once instead of after some minutes."""
    service.in_document.forget(handle, caller.owner)


def _submitted(file: UploadFile, limits: ServeSettings) -> SubmittedFile:
    check_file_sizes([file], limits)
    return SubmittedFile("document", file.filename or "", file.file.read())


def _kept(
    service: Service, caller: Caller, document: Submitted | SubmittedFile, encoder: str | None, reranker: str
) -> dict[str, Any]:
    """The values of a `KeptDocument`."""
    documents = service.in_document
    handle = documents.keep(document, encoder=encoder, reranker=reranker, owner=caller.owner)
    return {"handle": handle, "expires_in_seconds": documents.seconds}
