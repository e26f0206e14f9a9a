"""The tools that read, over the same service object as HTTP. Their docstrings and field descriptions are what an agent
reads.
"""

from __future__ import annotations

import time
from typing import Annotated, Any

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import Field

from api.mcp import answers
from api.mcp.files import AllowedFiles
from api.mcp.keys import seen_by
from api.mcp.registering import ToolServer, tool
from api.mcp.searching import CollectionName, Hits, Query, add_search_tool
from api.service.service import Service
from engine.errors import UsageError
from engine.query.request import Request
from indexer.parsers import listed
from indexer.sources.submitted import Submitted, SubmittedFile

LONGEST_TEXT = 1_000_000
LONGEST_PART = 20_000  # of a document in one answer

Passages = Annotated[CallToolResult, answers.Passages]


def add_tools(server: ToolServer, service: Service) -> None:
    """Register what is read of collections."""
    add_search_tool(server, service)

    @tool(server, "read_document", "Read a document", narrowed=True)
    def read_document(
        call: Context[Any, Any],
        document_id: Annotated[str, Field(description="as search gives it")],
        collection: CollectionName = "default",
        start: Annotated[int, Field(ge=0, description="first character to read")] = 0,
        end: Annotated[int | None, Field(ge=0, description="the character before which to stop")] = None,
    ) -> Annotated[CallToolResult, answers.DocumentPart]:
        """Read the text of a document, or a part of it; at most 20,000 characters at once, and next_start reads on."""
        stored = seen_by(service, call).documents.get(collection, document_id)
        document = stored.document
        length = len(document.text)
        if start > length or (end is not None and end < start):
            raise UsageError(
                f"There are no characters {start}-{length if end is None else end}.",
                f"The document has {length} characters.",
            )
        end = min(start + LONGEST_PART, length if end is None else end, length)
        return answers.part(document, stored.locators, start, end)

    @tool(server, "list_collections", "List collections", narrowed=True)
    def list_collections(call: Context[Any, Any]) -> Annotated[CallToolResult, answers.CollectionsInfo]:
        """List the collections that can be searched, with the metadata fields that filters may name."""
        collections = seen_by(service, call).collections
        return answers.collections([collections.stats(name) for name in collections.names()])

    @tool(server, "list_fields", "List fields", narrowed=True)
    def list_fields(
        call: Context[Any, Any], collection: CollectionName = "default"
    ) -> Annotated[CallToolResult, answers.FieldsInfo]:
        """List the metadata fields of a collection: type, range, and the most frequent values with their documents."""
        return answers.fields(collection, seen_by(service, call).fields.all(collection))


def add_in_document_tool(
    server: ToolServer, service: Service, files: AllowedFiles, *, encoder: str | None, reranker: str
) -> None:
    """Register in-document search with these models, by default those that suit the document; of files too if the user
    allows any.
    """

    def passages_in(document: Submitted | SubmittedFile, query: str, k: int) -> CallToolResult:
        request = Request(query, k, collapse=False, arrived=time.monotonic())
        result, _ = service.in_document.search(document, request, encoder=encoder, reranker=reranker)
        return answers.passages(result)

    def search_in_text(
        query: Query,
        text: Annotated[str, Field(max_length=LONGEST_TEXT, description="the whole text of the document")],
        k: Hits = 5,
    ) -> Passages:
        """Find the passages of one text that answer a query. Nothing is stored."""
        return passages_in(Submitted("document", text), query, k)

    def search_in_text_or_file(
        query: Query,
        text: Annotated[str | None, Field(max_length=LONGEST_TEXT, description="the whole text")] = None,
        path: Annotated[
            str | None, Field(description=f"or a file in a folder that the user allows: {listed()}")
        ] = None,
        k: Hits = 5,
    ) -> Passages:
        """Find the passages of one text or one file that answer a query. Nothing is stored."""
        if text is not None and path is None:
            return search_in_text(query, text, k)
        if path is not None and text is None:
            return passages_in(files.read(path), query, k)
        raise UsageError("A text or a path is needed, and not both.", "Give one of them.")

    if files:
        tool(server, "search_in_document", "Search in a text or a file")(search_in_text_or_file)
    else:
        tool(server, "search_in_document", "Search in a text", narrowed=True)(search_in_text)
