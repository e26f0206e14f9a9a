"""Documents of a collection: upsert as JSON or files, get, list, delete."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import File, Path, Query, Request, Response, UploadFile

from api.http.access import CallerOf
from api.http.answers import answered
from api.http.dependencies import CollectionName, LimitsOf, ServiceOf
from api.http.etags import etag, is_known
from api.http.json_route import resource
from api.http.limits import check_file_sizes
from api.http.problems import responses
from api.http.schemas.documents import (
    MOST_DOCUMENTS,
    Deleted,
    DeleteDocuments,
    DocumentBody,
    DocumentList,
    PutDocuments,
    document_of,
    summary_of,
)
from api.http.schemas.jobs import JobBody, job_of
from api.security.callers import Caller
from api.service.service import Service
from indexer.parsers import listed
from indexer.sources.submitted import Submitted, SubmittedFile

router = resource("documents")

WAIT_SECONDS = 30.0  # that a request with `wait` is held open
_PATH = "/v1/collections/{collection}/documents"
DocumentId = Annotated[str, Path(max_length=2048, description="may hold slashes", examples=["leave-2026"])]
Wait = Annotated[bool, Query(description=f"hold the answer until the job has finished, at most {WAIT_SECONDS:.0f} s")]
_JOB: dict[int | str, dict[str, Any]] = {
    200: {"description": "With `wait`: the job, which has finished.", "model": JobBody},
    202: {"description": "The job, which goes on.", "model": JobBody},
}


@router.post(
    _PATH,
    operation_id="put_documents",
    summary="Add or replace documents",
    status_code=202,
    response_model=JobBody,
    responses={**responses(507), **_JOB},
)
def put_documents(
    service: ServiceOf, caller: CallerOf, collection: CollectionName, body: PutDocuments, wait: Wait = False
) -> Response:
    """Starts a job (`/v1/jobs/{id}`). What has not changed costs nothing; what is wrong with a document is in the
    job's report, and does not keep the others out.
    """
    documents = [document.to_submitted() for document in body.documents]
    return _put(service, caller, collection, documents, wait)


@router.post(
    _PATH + "/files",
    operation_id="put_files",
    summary="Add or replace documents by their files",
    status_code=202,
    response_model=JobBody,
    responses={**responses(507), **_JOB},
)
def put_files(
    service: ServiceOf,
    caller: CallerOf,
    limits: LimitsOf,
    collection: CollectionName,
    files: Annotated[list[UploadFile], File(max_length=MOST_DOCUMENTS, description=listed())],
    wait: Wait = False,
) -> Response:
    """Starts a job. A file's name is the document's id, and tells its format."""
    check_file_sizes(files, limits)
    sent = [SubmittedFile(file.filename or "", file.filename or "", file.file.read()) for file in files]
    return _put(service, caller, collection, sent, wait)


@router.get(
    _PATH,
    operation_id="list_documents",
    summary="List documents",
    responses=responses(410),
)
def list_documents(
    service: ServiceOf,
    collection: CollectionName,
    limit: Annotated[int, Query(ge=1, le=1000, description="how many")] = 100,
    cursor: Annotated[str | None, Query(min_length=1, max_length=1024, description="of the page before")] = None,
) -> DocumentList:
    """Documents in the order in which they are stored, without their texts."""
    page = service.documents.page(collection, limit, cursor)
    documents = [summary_of(document) for document in page.documents]
    return DocumentList(documents=documents, generation=page.generation, cursor=page.cursor)


@router.post(
    _PATH + "/delete",
    operation_id="delete_documents",
    summary="Delete documents",
    responses=responses(507),
)
def delete_documents(service: ServiceOf, collection: CollectionName, body: DeleteDocuments) -> Deleted:
    """Deletes documents in one commit: all of them, or none if one is unknown."""
    return _delete(service, collection, body.ids)


@router.get(
    _PATH + "/{document:whole}",
    operation_id="get_document",
    summary="Read a document",
    response_model=DocumentBody,
    responses={**responses(), 304: {"description": "The client's copy is still right."}},
)
def get_document(
    request: Request, response: Response, service: ServiceOf, collection: CollectionName, document: DocumentId
) -> Any:
    """The document with its text; an unchanged one is a 304 to `If-None-Match`."""
    stored = service.documents.get(collection, document)
    tag = etag(collection, document, stored.content_hash, stored.generation)
    if is_known(request, tag):
        return Response(status_code=304, headers={"etag": tag})
    response.headers["etag"] = tag
    return document_of(stored)


@router.delete(
    _PATH + "/{document:whole}",
    operation_id="delete_document",
    summary="Delete a document",
    responses=responses(507),
)
def delete_document(service: ServiceOf, collection: CollectionName, document: DocumentId) -> Deleted:
    """Deletes one document."""
    return _delete(service, collection, [document])


def _put(
    service: Service, caller: Caller, collection: str, documents: Sequence[Submitted | SubmittedFile], wait: bool
) -> Response:
    job = service.documents.put(collection, documents, caller.owner)
    if wait:
        job = service.jobs.wait(job.id, WAIT_SECONDS)
    status = 200 if wait and job.finished else 202
    return answered(job_of(job), {"location": f"/v1/jobs/{job.id}"}, status)


def _delete(service: Service, collection: str, ids: Sequence[str]) -> Deleted:
    generation = service.documents.delete(collection, ids)
    return Deleted(deleted=sorted(set(ids)), generation=generation)
