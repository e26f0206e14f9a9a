"""The operations of the API, one function each, named as in its OpenAPI document: what is sent, what comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal, NotRequired, TypedDict

from api.client.call import Call, path
from api.client.errors import JobFailed
from api.client.options import SearchOptions
from api.client.results import (
    CollectionList,
    CollectionStats,
    Deleted,
    Document,
    DocumentList,
    DocumentSearchAnswer,
    EmbeddingsAnswer,
    Job,
    JobList,
    Judged,
    Judgement,
    JudgementList,
    KeptDocument,
    Model,
    ModelList,
    MultiSearchAnswer,
    RerankAnswer,
    SearchAnswer,
    Suggestions,
)

DEFAULT = "default"  # the collection that `winnow ingest` writes to unless told otherwise
BUNDLED = "bundled"
Content = bytes | Path  # of a file

_COLLECTION = "/v1/collections/{collection}"
_DOCUMENTS = _COLLECTION + "/documents"
_DOCUMENT = _DOCUMENTS + "/{document}"
_JUDGEMENTS = _COLLECTION + "/judgements"
_SEARCH = _COLLECTION + "/search"


class DocumentText(TypedDict):
    """A document as text. Metadata values are strings, numbers, booleans, dates (2020-01-31) or lists of strings."""

    id: str
    text: str
    title: NotRequired[str]
    uri: NotRequired[str]
    language: NotRequired[str]
    metadata: NotRequired[Mapping[str, Any]]


# Collections


def list_collections() -> Call[CollectionList]:
    return Call("GET", "/v1/collections", CollectionList)


def create_collection(name: str, encoder: str, reranker: str, **chosen: str | None) -> Call[CollectionStats]:
    body = {"name": name, "encoder": encoder, "reranker": reranker}
    body |= {option: value for option, value in chosen.items() if value is not None}
    return Call("POST", "/v1/collections", CollectionStats, json=body, repeatable=False)


def get_collection(name: str) -> Call[CollectionStats]:
    return Call("GET", path(_COLLECTION, collection=name), CollectionStats)


def delete_collection(name: str) -> Call[None]:
    return Call("DELETE", path(_COLLECTION, collection=name), type(None), repeatable=False)


def rename_collection(name: str, new: str) -> Call[CollectionStats]:
    target = path(_COLLECTION + "/rename", collection=name)
    return Call("POST", target, CollectionStats, json={"name": new}, repeatable=False)


def suggest(prefix: str, collection: str, limit: int) -> Call[Suggestions]:
    params = {"prefix": prefix, "limit": limit}
    return Call("GET", path(_COLLECTION + "/suggest", collection=collection), Suggestions, params)


# Documents, judgements and jobs


def put_documents(documents: Sequence[DocumentText], collection: str) -> Call[Job]:
    return Call("POST", path(_DOCUMENTS, collection=collection), Job, json={"documents": list(documents)})


def put_files(files: Mapping[str, Content], collection: str) -> Call[Job]:
    parts = [("files", (name, _bytes(content))) for name, content in files.items()]
    return Call("POST", path(_DOCUMENTS + "/files", collection=collection), Job, files=parts)


def list_documents(collection: str, limit: int, cursor: str | None) -> Call[DocumentList]:
    params: dict[str, Any] = {"limit": limit} | ({} if cursor is None else {"cursor": cursor})
    return Call("GET", path(_DOCUMENTS, collection=collection), DocumentList, params)


def get_document(document: str, collection: str) -> Call[Document]:
    return Call("GET", path(_DOCUMENT, collection=collection, document=document), Document)


def delete_document(document: str, collection: str) -> Call[Deleted]:
    return Call("DELETE", path(_DOCUMENT, collection=collection, document=document), Deleted, repeatable=False)


def delete_documents(documents: Sequence[str], collection: str) -> Call[Deleted]:
    body = {"ids": list(documents)}
    return Call("POST", path(_DOCUMENTS + "/delete", collection=collection), Deleted, json=body, repeatable=False)


def put_judgements(judgements: Sequence[Judgement], collection: str) -> Call[Judged]:
    body = {"judgements": [asdict(judgement) for judgement in judgements]}
    return Call("PUT", path(_JUDGEMENTS, collection=collection), Judged, json=body)


def list_judgements(query: str | None, collection: str) -> Call[JudgementList]:
    params = {} if query is None else {"query": query}
    return Call("GET", path(_JUDGEMENTS, collection=collection), JudgementList, params)


def delete_judgements(query: str, document: str | None, collection: str) -> Call[Judged]:
    params = {"query": query} | ({} if document is None else {"document_id": document})
    return Call("DELETE", path(_JUDGEMENTS, collection=collection), Judged, params)


def list_jobs() -> Call[JobList]:
    return Call("GET", "/v1/jobs", JobList)


def get_job(job: str) -> Call[Job]:
    return Call("GET", path("/v1/jobs/{job}", job=job), Job)


def cancel_job(job: str) -> Call[Job]:
    return Call("POST", path("/v1/jobs/{job}/cancel", job=job), Job)


def follow_job(job: str) -> Call[Job]:
    return Call("GET", path("/v1/jobs/{job}/events", job=job), Job)


def finished(job: Job, timeout: float | None) -> Job:
    """A job that was waited for. JobFailed; TimeoutError."""
    if not job.finished:
        raise TimeoutError(f"The job {job.id} is still {job.state} after {timeout} seconds.")
    if job.error is not None:
        raise JobFailed(job.error.code, job.error.detail, job.error.remedy)
    if job.state == "cancelled":
        raise JobFailed("cancelled", "The job was cancelled.", "Send the documents again if they are wanted.")
    if job.state != "done":
        raise JobFailed("interrupted", "The service ended before the job did.", "Send the documents again.")
    return job


# Searching


def search(query: str, collection: str, options: SearchOptions, **more: bool) -> Call[SearchAnswer]:
    body = {"query": query, **options, **more}
    return Call("POST", path(_SEARCH, collection=collection), SearchAnswer, json=body)


def next_page(cursor: str, collection: str, k: int | None = None, explain: bool = False) -> Call[SearchAnswer]:
    body = {"cursor": cursor, "explain": explain} | ({} if k is None else {"k": k})
    return Call("POST", path(_SEARCH, collection=collection), SearchAnswer, json=body)


def search_collections(query: str, collections: Sequence[str], options: SearchOptions) -> Call[MultiSearchAnswer]:
    body = {"query": query, "collections": list(collections), **options}
    return Call("POST", "/v1/search", MultiSearchAnswer, json=body)


def search_document(
    query: str, known: Mapping[str, Any], encoder: str | None, reranker: str, options: SearchOptions
) -> Call[DocumentSearchAnswer]:
    """`known` is what identifies the document: text, title, language and keep, or a handle; None is left out."""
    document = {name: value for name, value in {**known, "encoder": encoder}.items() if value is not None}
    body = {"query": query, **document, "reranker": reranker, **options}
    return Call("POST", "/v1/documents/search", DocumentSearchAnswer, json=body)


def search_file(
    query: str, name: str, content: Content, encoder: str | None, reranker: str, options: Mapping[str, Any]
) -> Call[DocumentSearchAnswer]:
    """Options and names that are None are left out."""
    wishes = {**options, "encoder": encoder, "reranker": reranker}
    data = {"query": query, **{wish: value for wish, value in wishes.items() if value is not None}}
    files = {"file": (name, _bytes(content))}
    return Call("POST", "/v1/documents/search/file", DocumentSearchAnswer, data=data, files=files)


def keep_document(text: str, title: str | None, encoder: str | None, reranker: str) -> Call[KeptDocument]:
    known = {"title": title, "encoder": encoder, "reranker": reranker}
    body = {"text": text, **{name: value for name, value in known.items() if value is not None}}
    return Call("POST", "/v1/documents/handles", KeptDocument, json=body)


def keep_file(name: str, content: Content, encoder: str | None, reranker: str) -> Call[KeptDocument]:
    models = {"encoder": encoder, "reranker": reranker}
    data = {model: value for model, value in models.items() if value is not None}
    files = {"file": (name, _bytes(content))}
    return Call("POST", "/v1/documents/handles/file", KeptDocument, data=data, files=files)


def forget_document(handle: str) -> Call[None]:
    return Call("DELETE", path("/v1/documents/handles/{handle}", handle=handle), type(None), repeatable=False)


# Models


def list_models() -> Call[ModelList]:
    return Call("GET", "/v1/models", ModelList)


def get_model(name: str) -> Call[Model]:
    return Call("GET", path("/v1/models/{model}", model=name), Model)


def rerank(
    query: str, documents: Sequence[str], model: str, top_n: int | None, return_labels: bool
) -> Call[RerankAnswer]:
    body = {"model": model, "query": query, "documents": list(documents), "top_n": top_n}
    body |= {"return_labels": True} if return_labels else {}
    return Call("POST", "/v1/rerank", RerankAnswer, json=body)


def embed(
    texts: Sequence[str], model: str, input_type: Literal["query", "document"], dimensions: int | None
) -> Call[EmbeddingsAnswer]:
    body: dict[str, Any] = {"model": model, "input": list(texts), "input_type": input_type}
    body |= {} if dimensions is None else {"dimensions": dimensions}
    return Call("POST", "/v1/embeddings", EmbeddingsAnswer, json=body)


def _bytes(content: Content) -> bytes:
    return content.read_bytes() if isinstance(content, Path) else content
