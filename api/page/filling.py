"""Filling collections from the page: files come in, their job is watched, a collection is renamed or deleted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, File, Form, Response, UploadFile
from fastapi.responses import RedirectResponse

from api.http.access import CallerOf
from api.http.dependencies import CollectionName, LimitsOf, ServiceOf
from api.http.limits import check_file_sizes
from api.page.address import Address
from api.page.origin import OWN_FORM
from api.page.rendering import HEADERS, page
from api.page.shelf import examples, suggested_name, writable
from api.security.callers import Caller
from api.service.job_files import Job
from api.service.service import Service
from api.settings import ServeSettings
from engine.errors import ParseFailed, UsageError
from indexer.parsers import listed
from indexer.sources.submitted import SubmittedFile

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class FillForm:
    """The form that takes files into a collection: which may be filled, whether one may be made, and how much goes."""

    collection: str
    known: list[str]
    creates: bool
    most_files: int
    most_bytes: int
    formats: str


def form(service: Service, caller: Caller, limits: ServeSettings, collection: str | None = None) -> FillForm | None:
    """The form for what the caller may fill, with the name that is there at first; None where that is nothing."""
    known, fresh = writable(service, caller), suggested_name(service.collections.names())
    creates = caller.allows("admin", fresh)  # a key for some collections only may make none
    if not (known or creates) or (collection is not None and collection not in known):
        return None
    first = collection or (fresh if creates else known[0])
    return FillForm(first, known, creates, limits.files, limits.upload_bytes, listed())


@router.post("/documents", dependencies=[OWN_FORM])
def add(
    service: ServiceOf,
    caller: CallerOf,
    limits: LimitsOf,
    collection: Annotated[str, Form(max_length=200)],
    files: Annotated[list[UploadFile], File()] = [],  # noqa: B006  # no file at all is told in our words
) -> Response:
    """Files into a collection, which is made where there is none; leads to the job."""
    name = collection.strip().lower()
    caller.require("write", name)  # first, so that a refusal does not tell whether there is such a collection
    create = name not in service.collections.names()
    if create:
        caller.require("admin", name)
    chosen = [file for file in files if file.filename]
    if not chosen:
        raise ParseFailed("No file was chosen.", "Choose some, or a folder.")
    check_file_sizes(chosen, limits)
    sent = [SubmittedFile(file.filename or "", file.filename or "", file.file.read()) for file in chosen]
    job = service.documents.put(name, sent, caller.owner, create=create)
    return RedirectResponse(f"/jobs/{job.id}", 303, headers=HEADERS)


@router.get("/jobs/{job}")
def watch(service: ServiceOf, caller: CallerOf, job: str) -> Response:
    """How far a job of the caller's is."""
    found = service.jobs.get(job, caller.owner)
    searchable = found.collection in service.collections.names() and caller.allows("read", found.collection)
    asked = examples(service, found.collection) if searchable and found.finished else []
    return page("job.html", job=found, searchable=searchable, examples=asked, share=share(found))


@router.post("/jobs/{job}/cancel", dependencies=[OWN_FORM])
def cancel(service: ServiceOf, caller: CallerOf, job: str) -> Response:
    """Ends a job of the caller's at its next document."""
    service.jobs.cancel(job, caller.owner)
    return RedirectResponse(f"/jobs/{job}", 303, headers=HEADERS)


@router.post("/collections/{collection}/delete", dependencies=[OWN_FORM])
def delete(service: ServiceOf, collection: CollectionName, name: Annotated[str, Form(max_length=200)] = "") -> Response:
    """Deletes a collection whose name was typed."""
    if name.strip() != collection:
        raise UsageError(
            f"The collection was not deleted: {name.strip()!r} is not its name.",
            f"Type {collection} if it is to be deleted.",
        )
    service.collections.delete(collection)
    return RedirectResponse("/", 303, headers=HEADERS)


@router.post("/collections/{collection}/rename", dependencies=[OWN_FORM])
def rename(
    service: ServiceOf, caller: CallerOf, collection: CollectionName, name: Annotated[str, Form(max_length=200)] = ""
) -> Response:
    """Gives a collection another name, which the key must be for as well; leads to it."""
    new = name.strip().lower()
    caller.require("admin", new)
    service.collections.rename(collection, new)
    return RedirectResponse(str(Address(new)), 303, headers=HEADERS)


def share(job: Job) -> float:
    """How much of a job is done, in [0, 1]: reading counts a fifth, embedding the rest."""
    if job.state == "done":
        return 1.0
    read = job.documents / max(job.total, 1)
    embedded = job.chunks / job.chunks_total if job.chunks_total else 0.0
    return min(0.2 * read + 0.8 * embedded, 1.0)
