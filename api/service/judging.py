"""Judging hits: what people find relevant, kept with the collection for `winnow tune`."""

from __future__ import annotations

from api.errors import Forbidden
from api.service.readers import Readers
from engine.errors import DocumentNotFound
from indexer.evaluation.judging import JudgedHits, Judgements


class Judging:
    """Keeps and tells the judgements of a home's collections."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    def judge(self, collection: str, query: str, document: str, grade: int | None) -> None:
        """Keep what somebody says of a document for a query; None takes it back.

        CollectionNotFound, DocumentNotFound, UsageError for no query, StorageFailed.
        """
        self._check()
        with self._readers.open(collection) as opened:
            if grade is not None and opened.generation.find(document) is None:
                raise DocumentNotFound(f"{collection!r} has no document {document!r}.", "Judge what a search returns.")
            Judgements(opened.generation.layout).judge(query, document, grade)

    def read(self, collection: str) -> JudgedHits:
        """All that was judged of a collection. CollectionNotFound."""
        self._check()
        with self._readers.open(collection) as opened:
            return Judgements(opened.generation.layout).read()

    def files(self, collection: str) -> dict[str, bytes]:
        """The files that `winnow tune --queries --qrels` takes, by name; empty ones where nobody judged."""
        self._check()
        with self._readers.open(collection) as opened:
            kept = Judgements(opened.generation.layout)
            return {path.name: path.read_bytes() if path.exists() else b"" for path in (kept.queries, kept.qrels)}

    def _check(self) -> None:
        """Refuse those who do not see every document: judgements name documents, and say what others asked."""
        if self._readers.filter is not None:
            raise Forbidden("Judgements tell of documents that the filter keeps back.", "Use a key without a filter.")
