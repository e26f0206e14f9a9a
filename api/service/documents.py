"""The documents of a collection: put in, read, list, take out."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from api.service.job_files import Job
from api.service.jobs import Jobs
from api.service.matches import headings, matches
from api.service.presence import Presence
from api.service.readers import Readers
from engine.errors import DocumentNotFound, InvalidCursor, UsageError
from engine.protocols import ModelSource
from engine.store.catalogue.catalogue import Catalogue
from engine.store.generation import Generation
from engine.store.layout import check_name
from engine.types import Document, Locator
from indexer.delete import delete
from indexer.ingest import Watch, ingest_sources
from indexer.parsers.decoding import clean
from indexer.report import IngestReport
from indexer.sources.submitted import ParseFile, Submitted, SubmittedFile, file_source, text_source


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document as the collection holds it; `content_hash` changes with what it was made from.

    `passages` are their spans of the text, in order; `locators` tell where those stand in the document's file.
    """

    document: Document
    content_hash: str
    generation: int
    passages: tuple[tuple[int, int], ...]
    locators: tuple[Locator, ...]


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A document to be read: spans of its text that a query looked for, its headings with their depth, from 0, and
    where its text stands in its file.
    """

    document: Document
    matches: tuple[tuple[int, int], ...]
    headings: tuple[tuple[tuple[int, int], int], ...]
    locators: tuple[Locator, ...]


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """Some documents of one generation, in the order in which they are stored. `cursor` leads on; None at the end."""

    documents: tuple[Document, ...]
    generation: int
    cursor: str | None


class Documents:
    """Documents of a home's collections."""

    def __init__(self, home: Path, models: ModelSource, readers: Readers, jobs: Jobs, parse: ParseFile) -> None:
        self._home = home
        self._models = models
        self._readers = readers
        self._jobs = jobs
        self._parse = parse
        self._presence = Presence(home)

    def put(
        self,
        collection: str,
        documents: Sequence[Submitted | SubmittedFile],
        owner: str = "",
        *,
        create: bool = False,
    ) -> Job:
        """Add documents, or replace those of the same id, in the background. What did not change costs nothing.
        The job is told to its owner only. With `create` a collection that is not there is made, with the bundled
        encoder that suits the documents, once one of them could be read.

        CollectionNotFound; UsageError for a name that no collection can have; Overloaded; NotInCluster. What is wrong
        with single documents is told by the job's report.
        """

        def check() -> None:
            self._readers.check_writable()
            self._presence.check()
            if create:
                check_name(collection)
            else:
                Catalogue(self._home).get(collection)  # an ingest would make the collection

        def work(watch: Watch) -> IngestReport:
            check()
            sources = (
                text_source(document) if isinstance(document, Submitted) else file_source(document, self._parse)
                for document in documents
            )
            return ingest_sources(sources, home=self._home, collection=collection, models=self._models, watch=watch)

        check()
        if any(not document.id for document in documents):
            raise UsageError("A document has an empty id.", "Give every document an id.")
        return self._jobs.start(collection, len(documents), work, owner)

    def read(self, collection: str, document: str, query: str = "") -> ReadDocument:
        """A stored document, its headings, and what a query looks for in it. CollectionNotFound, DocumentNotFound."""
        with self._readers.open(collection) as opened:
            generation = opened.generation
            place = _found(generation, collection, document)
            stored = generation.contents.stored(*place)
            return ReadDocument(
                stored.document,
                matches(generation, stored.document, query),
                headings(generation, place, stored.document.text),
                stored.locators,
            )

    def get(self, collection: str, document: str) -> StoredDocument:
        """A stored document. CollectionNotFound, DocumentNotFound."""
        with self._readers.open(collection) as opened:
            generation = opened.generation
            place = _found(generation, collection, document)
            found = generation.contents.stored(*place)
            return StoredDocument(found.document, found.content_hash, generation.number, found.passages, found.locators)

    def delete(self, collection: str, documents: Sequence[str]) -> int:
        """Delete documents in one commit and return its generation. DocumentNotFound: none goes; WriterBusy;
        NotInCluster.
        """
        self._readers.check_writable()
        with self._readers.open(collection) as opened:
            ids = [_stored_id(opened.generation, document) for document in documents]
        return delete(self._home, collection, ids)

    def page(self, collection: str, limit: int, cursor: str | None = None) -> DocumentPage:
        """A page of at most `limit` documents. All pages are of one generation: GenerationExpired when it is gone."""
        position = None if cursor is None else _Position.read(cursor)
        with self._readers.open(collection, position.generation if position else None) as opened:
            generation = opened.generation
            if position and position.uuid != generation.manifest.uuid:
                raise InvalidCursor("The cursor is of another collection.", "Begin without a cursor.")
            start = (position.segment, position.row) if position else (0, 0)
            found = generation.contents.following(*start, limit + 1)
            documents = tuple(generation.contents.documents(found[:limit]))
            following = [_Position(generation.manifest.uuid, generation.number, *place) for place in found[limit:]]
            return DocumentPage(documents, generation.number, following[0].text() if following else None)


@dataclass(frozen=True, slots=True)
class _Position:
    """The next row to list."""

    uuid: str
    generation: int
    segment: int
    row: int

    def text(self) -> str:
        data = json.dumps([self.uuid, self.generation, self.segment, self.row], separators=(",", ":"))
        return base64.urlsafe_b64encode(data.encode()).decode().rstrip("=")

    @staticmethod
    def read(text: str) -> _Position:
        try:
            data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            uuid, *numbers = json.loads(data)
            generation, segment, row = numbers
            if not isinstance(uuid, str) or any(type(n) is not int or not 0 <= n < 2**63 for n in numbers):
                raise ValueError(numbers)
        except (ValueError, TypeError, RecursionError) as error:
            raise InvalidCursor("The cursor cannot be read.", "Send it as it came, or begin without one.") from error
        return _Position(uuid, generation, segment, row)


def _found(generation: Generation, collection: str, document: str) -> tuple[int, int]:
    """The segment and row of a document. DocumentNotFound."""
    place = generation.find(_stored_id(generation, document))
    if place is None:
        raise DocumentNotFound(f"{collection!r} has no document {document!r}.", "Ids are what a search returns.")
    return place


def _stored_id(generation: Generation, document: str) -> str:
    """The id under which a document was stored that came with this one: control characters were taken out of it."""
    return document if generation.find(document) is not None else clean(document)
