"""In-document search: a document that comes with its question, and is kept only for a while if that is asked for."""

from __future__ import annotations

import tempfile
from pathlib import Path

from api.request.deadline import deadline_of
from api.request.record import note_search
from api.service.kept_documents import KeptDocuments
from api.service.models import BUNDLED, Models
from api.service.reading_on import ReadingOn
from api.service.turns import Turns
from engine.awaited import check_awaited
from engine.collection import NO_RERANKER, Collection
from engine.protocols import ModelSource
from engine.query.request import Request
from engine.types import SearchResult
from indexer.in_document import index_source
from indexer.sources.submitted import ParseFile, Submitted, SubmittedFile, file_source, text_source

KEPT = 64  # documents kept at the same time
SECONDS = 900.0  # without a question, after which a document is forgotten


class InDocument:
    """Documents that are searched without being stored. Safe under threads."""

    def __init__(
        self,
        models: Models,
        source: ModelSource,
        parse: ParseFile,
        directory: Path,
        turns: Turns,
        *,
        kept: int = KEPT,
        seconds: float = SECONDS,
    ) -> None:
        """`directory` holds what is kept; processes that share it can be asked about the same documents. `turns` are
        those of the searches in this process.
        """
        self.seconds = seconds
        self._models = models
        self._source = source
        self._parse = parse
        self._kept = KeptDocuments(directory, source, kept)
        self._reading = ReadingOn(self._kept.look, turns)

    def search(
        self,
        document: Submitted | SubmittedFile,
        request: Request,
        *,
        encoder: str | None = None,
        reranker: str = BUNDLED,
        keep: bool = False,
        owner: str = "",
    ) -> tuple[SearchResult, str | None]:
        """Hits in the document, and a handle for the owner's further questions if it is to be kept. Without an
        `encoder` the document's language decides. ParseFailed; ModelNotFound.
        """
        if not keep:
            with tempfile.TemporaryDirectory(prefix="winnow-document-") as scratch:
                self._index(document, Path(scratch), encoder, reranker)
                with self._kept.open_in(Path(scratch)) as collection:
                    return _search(collection, request), None
        with self._kept.new(owner, self.seconds) as (handle, home):
            with self._reading.paused():
                self._index(document, home, encoder, reranker)
            result = self.ask(handle, request, owner)
        self._reading.begin(handle)
        return result, handle

    def keep(
        self,
        document: Submitted | SubmittedFile,
        *,
        encoder: str | None = None,
        reranker: str = BUNDLED,
        owner: str = "",
    ) -> str:
        """A handle for the owner's questions about the document, which is read while the first one is being thought of.
        ParseFailed; ModelNotFound.
        """
        with self._kept.new(owner, self.seconds) as (handle, home), self._reading.paused():
            self._index(document, home, encoder, reranker)
        self._reading.begin(handle)
        return handle

    def ask(self, handle: str, request: Request, owner: str = "") -> SearchResult:
        """Hits in a document that was kept. DocumentExpired, also for another owner's."""
        with self._reading.paused(), self._kept.use(handle, owner, self.seconds) as collection:
            return _search(collection, request)

    def forget(self, handle: str, owner: str = "") -> None:
        """Drop a kept document. DocumentExpired if there is none, or it is another owner's."""
        self._kept.drop(handle, owner)

    def close(self) -> None:
        """Let the files of every document go."""
        self._reading.close()
        self._kept.close()

    def _index(self, document: Submitted | SubmittedFile, home: Path, encoder: str | None, reranker: str) -> None:
        check_awaited()
        if encoder is not None:
            self._models.check(encoder, "encoder")
        if reranker != NO_RERANKER:
            self._models.check(reranker, "reranker")
        if isinstance(document, Submitted):
            name, source = document.title or document.id, text_source(document)
        else:
            name, source = document.name, file_source(document, self._parse)
        index_source([source], name, home, encoder=encoder, reranker=reranker, models=self._source)


def _search(collection: Collection, request: Request) -> SearchResult:
    with deadline_of(request):
        result = collection.searcher.search(request)
    note_search(None, result)
    return result
