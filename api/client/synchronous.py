"""The client for ordinary programs. Made by clients/python/generate.py of asynchronous.py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, Unpack

import tenacity

from api.client import calls
from api.client.calls import BUNDLED, DEFAULT, Content, DocumentText
from api.client.connection import polling
from api.client.options import SearchOptions
from api.client.results import (
    CollectionStats,
    CollectionSummary,
    Deleted,
    Document,
    DocumentSearchAnswer,
    DocumentSummary,
    EmbeddingsAnswer,
    Job,
    Judged,
    Judgement,
    KeptDocument,
    Model,
    MultiSearchAnswer,
    RerankAnswer,
    SearchAnswer,
)
from api.client.synchronous_sending import Sender


class Winnow(Sender):
    """A Winnow service. Every method may raise ApiError; safe under threads; close it, or use `with`.

    What the service refuses for now (429, 503), and calls whose connection was lost, are sent again up to `retries`
    times, if sending them twice does no harm. `timeout` is in seconds without a byte. `transport` is httpx's, for
    proxies, certificates and tests.
    """

    # Searching

    def search(
        self, query: str, collection: str = DEFAULT, *, pageable: bool = False, **options: Unpack[SearchOptions]
    ) -> SearchAnswer:
        """The best hits of a collection.

        Args:
            query: what a person asks.
            collection: the collection's name.
            pageable: give the answer a cursor for `next_page`.
            options: see `SearchOptions`, such as `k=3` or `filter={"field": "year", "gte": 2020}`.

        Raises:
            NotFound: there is no such collection.
            InvalidRequest: an option, or a field of the filter, is wrong.
        """
        return self._send(calls.search(query, collection, options, pageable=pageable))

    def next_page(self, cursor: str, collection: str = DEFAULT, *, k: int | None = None) -> SearchAnswer:
        """The next `k` hits of a frozen ranking, by default as many as before.

        Raises:
            Expired: the generation of the search is no longer kept: search again.
            InvalidRequest: the cursor is not one of this collection.
        """
        return self._send(calls.next_page(cursor, collection, k))

    def pages(self, query: str, collection: str = DEFAULT, **options: Unpack[SearchOptions]) -> Iterator[SearchAnswer]:
        """Page after page of one frozen ranking, which neither repeats nor skips a hit while documents change."""
        answer = self.search(query, collection, pageable=True, **options)
        yield answer
        while answer.cursor is not None:
            answer = self._send(calls.next_page(answer.cursor, collection, explain=options.get("explain", False)))
            yield answer

    def stream(
        self, query: str, collection: str = DEFAULT, **options: Unpack[SearchOptions]
    ) -> Iterator[tuple[str, SearchAnswer]]:
        """Answers by name: ("fused", answer) as soon as there is one, then ("reranked", answer)."""
        yield from self._events(calls.search(query, collection, options, stream=True))

    def search_collections(
        self, query: str, collections: Sequence[str], **options: Unpack[SearchOptions]
    ) -> MultiSearchAnswer:
        """The best hits of several collections in one order."""
        return self._send(calls.search_collections(query, collections, options))

    def search_document(
        self,
        query: str,
        text: str | None = None,
        *,
        handle: str | None = None,
        title: str | None = None,
        language: str | None = None,
        keep: bool | None = None,
        encoder: str | None = None,
        reranker: str = BUNDLED,
        **options: Unpack[SearchOptions],
    ) -> DocumentSearchAnswer:
        """Passages of `text`, which is not stored, or of the document that an earlier call kept as `handle`.

        Args:
            query: what a person asks.
            text: the document; without a `handle` it is needed.
            handle: that of an earlier call with `keep`, of `keep_document` or of `keep_file`.
            title: the document's title.
            language: its language, such as "en"; by default it is detected.
            keep: keep the document for some minutes, so that more can be asked about it.
            encoder: a model's name; by default the document's language decides.
            reranker: a model's name, or "none".
            options: see `SearchOptions`.

        Raises:
            NotFound: the kept document is gone, or there is no such model.
        """
        known = {"text": text, "handle": handle, "title": title, "language": language, "keep": keep}
        return self._send(calls.search_document(query, known, encoder, reranker, options))

    def search_file(
        self,
        query: str,
        name: str,
        content: Content,
        *,
        k: int = 10,
        budget_ms: float | None = None,
        explain: bool = False,
        keep: bool = False,
        encoder: str | None = None,
        reranker: str = BUNDLED,
    ) -> DocumentSearchAnswer:
        """Passages of a file, which is not stored. Options are those of `search_document`.

        Args:
            query: what a person asks.
            name: the file's name, whose suffix names its format.
            content: the file's bytes, or the path of a file on this machine.

        Raises:
            InvalidRequest: the file cannot be read as a document, or is too large.
        """
        options = {"k": k, "budget_ms": budget_ms, "explain": explain, "keep": keep}
        return self._send(calls.search_file(query, name, content, encoder, reranker, options))

    def keep_document(
        self, text: str, *, title: str | None = None, encoder: str | None = None, reranker: str = BUNDLED
    ) -> KeptDocument:
        """Have a text read before it is asked about by `search_document` and its handle: the first answer comes sooner.

        Raises:
            InvalidRequest: the text is empty, or too long.
            NotFound: there is no such model.
        """
        return self._send(calls.keep_document(text, title, encoder, reranker))

    def keep_file(
        self, name: str, content: Content, *, encoder: str | None = None, reranker: str = BUNDLED
    ) -> KeptDocument:
        """Have a file read before it is asked about, as `keep_document` does a text. Raises what `search_file` does."""
        return self._send(calls.keep_file(name, content, encoder, reranker))

    def forget_document(self, handle: str) -> None:
        """Drop a document that was kept.

        Raises:
            NotFound: it is gone already.
        """
        self._send(calls.forget_document(handle))

    def suggest(self, prefix: str, collection: str = DEFAULT, *, limit: int = 10) -> tuple[str, ...]:
        """Titles, and words of titles, that begin with `prefix`."""
        return self._send(calls.suggest(prefix, collection, limit)).suggestions

    # Collections

    def list_collections(self) -> tuple[CollectionSummary, ...]:
        """Every collection by name."""
        return self._send(calls.list_collections()).collections

    def create_collection(
        self,
        name: str,
        *,
        encoder: str = BUNDLED,
        reranker: str = BUNDLED,
        chunker: str | None = None,
        query_prompt: str | None = None,
        document_prompt: str | None = None,
    ) -> CollectionStats:
        """Make a new, empty collection, which keeps its models, its chunker and its prompts.

        Raises:
            Conflict: there is one of that name.
            NotFound: the service offers no such model.
        """
        chosen = {"chunker": chunker, "query_prompt": query_prompt, "document_prompt": document_prompt}
        return self._send(calls.create_collection(name, encoder, reranker, **chosen))

    def get_collection(self, name: str = DEFAULT) -> CollectionStats:
        """Statistics of a collection: documents, chunks, models, fields, and more.

        Raises:
            NotFound: there is no such collection.
        """
        return self._send(calls.get_collection(name))

    def delete_collection(self, name: str) -> None:
        """Delete a collection with all its documents.

        Raises:
            NotFound: there is no such collection.
            Conflict: somebody writes to it.
        """
        self._send(calls.delete_collection(name))

    def rename_collection(self, name: str, new: str) -> CollectionStats:
        """Give a collection another name; links to the old one, and keys for it, do not follow.

        Raises:
            NotFound: there is no such collection.
            Conflict: there is one of the new name, or somebody writes to it.
        """
        return self._send(calls.rename_collection(name, new))

    # Documents

    def put_documents(self, documents: Sequence[DocumentText], collection: str = DEFAULT) -> Job:
        """Add documents, or replace those of the same id, in the background; at most 1,000 at once.

        The job that is answered has only begun: `wait_for_job` waits for its end.

        Raises:
            NotFound: there is no such collection.
            Unavailable: too many jobs wait already.
        """
        return self._send(calls.put_documents(documents, collection))

    def put_files(self, files: Mapping[str, Content], collection: str = DEFAULT) -> Job:
        """Add documents by their files, or replace those of the same id, in the background.

        Args:
            files: name -> content, as bytes or as a path. The name is the document's id, its suffix names the format.
            collection: the collection's name.

        Raises:
            NotFound: there is no such collection.
            InvalidRequest: the files are too large.
        """
        return self._send(calls.put_files(files, collection))

    def list_documents(self, collection: str = DEFAULT, *, page_size: int = 100) -> Iterator[DocumentSummary]:
        """Every document of one generation, fetched page by page.

        Raises:
            Expired: the generation went while its pages were fetched.
        """
        cursor = None
        while True:
            page = self._send(calls.list_documents(collection, page_size, cursor))
            yield from page.documents
            if (cursor := page.cursor) is None:
                return

    def get_document(self, document: str, collection: str = DEFAULT) -> Document:
        """A document with its text.

        Raises:
            NotFound: there is no such collection or document.
        """
        return self._send(calls.get_document(document, collection))

    def delete_document(self, document: str, collection: str = DEFAULT) -> Deleted:
        """Delete a document.

        Raises:
            NotFound: there is no such collection or document.
            Conflict: somebody else writes to the collection.
        """
        return self._send(calls.delete_document(document, collection))

    def delete_documents(self, documents: Sequence[str], collection: str = DEFAULT) -> Deleted:
        """Delete documents in one commit: all of them, or none if one is unknown.

        Raises:
            NotFound: there is no such collection, or one of the documents is unknown.
            Conflict: somebody else writes to the collection.
        """
        return self._send(calls.delete_documents(documents, collection))

    # Judgements

    def put_judgements(self, judgements: Sequence[Judgement], collection: str = DEFAULT) -> Judged:
        """Keep what somebody found relevant, at most 1,000 at once: `winnow tune --judged` learns from it.

        Raises:
            NotFound: there is no such collection, or one of the documents is unknown: nothing is kept.
        """
        return self._send(calls.put_judgements(judgements, collection))

    def list_judgements(self, query: str | None = None, collection: str = DEFAULT) -> tuple[Judgement, ...]:
        """All that was judged of a collection, or for one query.

        Raises:
            NotFound: there is no such collection.
        """
        return self._send(calls.list_judgements(query, collection)).judgements

    def delete_judgements(self, query: str, document: str | None = None, collection: str = DEFAULT) -> Judged:
        """Take back what was judged for a query: of one document, or all of it.

        Raises:
            NotFound: there is no such collection.
        """
        return self._send(calls.delete_judgements(query, document, collection))

    # Jobs

    def list_jobs(self) -> tuple[Job, ...]:
        """Jobs since the service started, newest first."""
        return self._send(calls.list_jobs()).jobs

    def get_job(self, job: str) -> Job:
        """A job as it is now.

        Raises:
            NotFound: there is no such job.
        """
        return self._send(calls.get_job(job))

    def cancel_job(self, job: str) -> Job:
        """A job, which ends at its next document; one that has finished stays as it is.

        Raises:
            NotFound: there is no such job.
        """
        return self._send(calls.cancel_job(job))

    def follow_job(self, job: str) -> Iterator[Job]:
        """The job at every change, until it has finished."""
        for _, changed in self._events(calls.follow_job(job)):
            yield changed

    def wait_for_job(self, job: Job | str, *, timeout: float | None = None) -> Job:
        """The job once it is done; its report names the documents that failed.

        Raises:
            JobFailed: it ended without finishing its work.
            TimeoutError: it is not done after `timeout` seconds; it goes on.
        """
        name = job if isinstance(job, str) else job.id
        return calls.finished(tenacity.Retrying(**polling(timeout))(self.get_job, name), timeout)

    # Models

    def list_models(self) -> tuple[Model, ...]:
        """Encoders and rerankers that calls may name."""
        return self._send(calls.list_models()).data

    def get_model(self, name: str) -> Model:
        """A model on offer.

        Raises:
            NotFound: the service offers no such model.
        """
        return self._send(calls.get_model(name))

    def rerank(
        self,
        query: str,
        documents: Sequence[str],
        *,
        model: str = BUNDLED,
        top_n: int | None = None,
        return_labels: bool = False,
    ) -> RerankAnswer:
        """Texts by falling relevance, `top_n` or all; with `return_labels` the probabilities of a model's labels."""
        return self._send(calls.rerank(query, documents, model, top_n, return_labels))

    def embed(
        self,
        texts: Sequence[str],
        *,
        model: str = BUNDLED,
        input_type: Literal["query", "document"] = "document",
        dimensions: int | None = None,
    ) -> EmbeddingsAnswer:
        """Vectors, one per text, in their order; `input_type` selects the model's prompt, and `dimensions` cuts them
        where the model was trained for it.
        """
        return self._send(calls.embed(texts, model, input_type, dimensions))
