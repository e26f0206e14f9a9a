"""Judging hits: what people find relevant, kept with the collection for `winnow tune`."""

from __future__ import annotations

from collections.abc import Sequence

from api.errors import Forbidden
from api.service.readers import Readers
from engine.errors import DocumentNotFound
from indexer.evaluation.judging import JudgedHits, Judgement, Judgements


class Judging:
    """Keeps and tells the judgements of a home's collections."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    def judge(self, collection: str, judged: Sequence[Judgement]) -> None:
        """Keep what somebody says of documents for queries, or take it back: all of it, or nothing where one is wrong.

        CollectionNotFound, DocumentNotFound, UsageError for no query, StorageFailed.
        """
        self._check()
        with self._readers.look(collection) as generation:
            for document in {one.document for one in judged if one.grade is not None}:
                if generation.find(document) is None:
                    raise DocumentNotFound(
                        f"{collection!r} has no document {document!r}.", "Judge what a search returns."
                    )
            Judgements(generation.layout).judge(judged)

    def take_back(self, collection: str, query: str, document: str | None = None) -> int:
        """Forget what was judged for a query, of one document or of all; returns how many judgements that were.
        CollectionNotFound, StorageFailed.
        """
        self._check()
        with self._readers.look(collection) as generation:
            return Judgements(generation.layout).take_back(query, document)

    def read(self, collection: str) -> JudgedHits:
        """All that was judged of a collection. CollectionNotFound."""
        self._check()
        with self._readers.look(collection) as generation:
            return Judgements(generation.layout).read()

    def files(self, collection: str) -> dict[str, bytes]:
        """The files that `winnow tune --queries --qrels` takes, by name; empty ones where nobody judged."""
        self._check()
        with self._readers.look(collection) as generation:
            kept = Judgements(generation.layout)
            return {path.name: path.read_bytes() if path.exists() else b"" for path in (kept.queries, kept.qrels)}

    def _check(self) -> None:
        """Refuse those who do not see every document: judgements name documents, and say what others asked."""
        if self._readers.filter is not None:
            raise Forbidden("Judgements tell of documents that the filter keeps back.", "Use a key without a filter.")
