"""In-document search: one file, indexed in a temporary home by the same path as any collection, and then forgotten."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.collection import Collection, open_collection
from engine.errors import ParseFailed, SourceNotFound
from indexer.ingest import Watch, ingest

NAME = "document"


@contextmanager
def open_document(
    file: Path,
    *,
    encoder: str | None = None,
    reranker: str | None = None,
    watch: Watch = lambda documents, chunks, commits: None,
) -> Iterator[Collection]:
    """A collection that holds just `file`, for any number of questions; nothing of it is left afterwards.

    SourceNotFound if it is no file; ParseFailed if it cannot be read as a document or holds no text.
    """
    if not file.is_file():
        raise SourceNotFound(f"{file} is not a file.", "Name one document; `winnow ingest` takes folders.")
    with tempfile.TemporaryDirectory(prefix="winnow-document-") as scratch:
        home = Path(scratch)
        report = ingest([file], home=home, collection=NAME, encoder=encoder, reranker=reranker, watch=watch)
        for problem in (*report.failed, *report.skipped):
            raise ParseFailed(f"{file}: {problem.reason}", problem.remedy)
        if report.chunks == 0:
            raise ParseFailed(f"{file} holds no text.", "There is nothing to search in it.")
        with open_collection(NAME, home=home, encoder=encoder, reranker=reranker) as collection:
            yield collection
