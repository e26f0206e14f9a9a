"""In-document search: a document that comes with its question, and is kept only for a while if that is asked for."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from api.service.models import BUNDLED, Models
from engine.collection import NO_RERANKER, Collection
from engine.errors import DocumentExpired
from engine.protocols import ModelSource
from engine.request import Request
from engine.types import SearchResult
from indexer.in_document import open_source
from indexer.submitted import ParseFile, Submitted, SubmittedFile, file_source, text_source

KEPT = 64  # documents open at the same time
SECONDS = 900.0  # without a question, after which a document is forgotten


@dataclass(slots=True)
class _Kept:
    owner: str
    collection: Collection
    stack: ExitStack
    expires: float  # time.monotonic()
    users: int = 0
    dropped: bool = False


class InDocument:
    """Documents that are searched without being stored. Safe under threads."""

    def __init__(
        self, models: Models, source: ModelSource, parse: ParseFile, *, kept: int = KEPT, seconds: float = SECONDS
    ) -> None:
        self.seconds = seconds
        self._models = models
        self._source = source
        self._parse = parse
        self._limit = kept
        self._lock = threading.Lock()
        self._documents: OrderedDict[str, _Kept] = OrderedDict()  # the longest unused first

    def search(
        self,
        document: Submitted | SubmittedFile,
        request: Request,
        *,
        encoder: str = BUNDLED,
        reranker: str = BUNDLED,
        keep: bool = False,
        owner: str = "",
    ) -> tuple[SearchResult, str | None]:
        """Hits in the document, and a handle for the owner's further questions if it is to be kept.

        ParseFailed; ModelNotFound.
        """
        with ExitStack() as stack:
            collection = stack.enter_context(self._open(document, encoder, reranker))
            result = collection.searcher.search(request)
            return result, self._keep(owner, collection, stack.pop_all()) if keep else None

    def ask(self, handle: str, request: Request, owner: str = "") -> SearchResult:
        """Hits in a document that was kept. DocumentExpired, also for another owner's."""
        with self._use(handle, owner) as collection:
            return collection.searcher.search(request)

    def forget(self, handle: str, owner: str = "") -> None:
        """Drop a kept document. DocumentExpired if there is none, or it is another owner's."""
        with self._lock:
            self._find(handle, owner)
            idle = self._drop([handle])
        _close(idle)

    def close(self) -> None:
        """Forget every document."""
        with self._lock:
            idle = self._drop(list(self._documents))
        _close(idle)

    @contextmanager
    def _open(self, document: Submitted | SubmittedFile, encoder: str, reranker: str) -> Iterator[Collection]:
        self._models.check(encoder, "encoder")
        if reranker != NO_RERANKER:
            self._models.check(reranker, "reranker")
        if isinstance(document, Submitted):
            name, source = document.title or document.id, text_source(document)
        else:
            name, source = document.name, file_source(document, self._parse)
        with open_source([source], name, encoder=encoder, reranker=reranker, models=self._source) as collection:
            yield collection

    def _keep(self, owner: str, collection: Collection, stack: ExitStack) -> str:
        handle = secrets.token_urlsafe(16)
        now = time.monotonic()
        with self._lock:
            self._documents[handle] = _Kept(owner, collection, stack, now + self.seconds)
            late = [name for name, kept in self._documents.items() if kept.expires <= now]
            rest = [name for name in self._documents if name not in late]
            idle = self._drop([*late, *rest[: max(0, len(rest) - self._limit)]])
        _close(idle)
        return handle

    @contextmanager
    def _use(self, handle: str, owner: str) -> Iterator[Collection]:
        with self._lock:
            kept = self._find(handle, owner)
            kept.users += 1
            kept.expires = time.monotonic() + self.seconds
            self._documents.move_to_end(handle)
        try:
            yield kept.collection
        finally:
            with self._lock:
                kept.users -= 1
                done = kept.dropped and kept.users == 0
            if done:
                kept.stack.close()

    def _find(self, handle: str, owner: str) -> _Kept:
        kept = self._documents.get(handle)
        if kept is None or kept.owner != owner or kept.expires <= time.monotonic():
            raise DocumentExpired(
                "The document is not kept any more, or never was.",
                f"Send it again; it is kept for {self.seconds / 60:.0f} minutes after the last question.",
            )
        return kept

    def _drop(self, handles: list[str]) -> list[ExitStack]:
        """Take documents out; what nobody uses is returned, to be closed without the lock."""
        dropped = [self._documents.pop(handle) for handle in handles]
        for kept in dropped:
            kept.dropped = True
        return [kept.stack for kept in dropped if kept.users == 0]


def _close(stacks: list[ExitStack]) -> None:
    for stack in stacks:
        stack.close()
