"""The tools, over the same service object as HTTP. Their docstrings and field descriptions are what an agent reads."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial, wraps
from typing import Annotated, Literal, ParamSpec

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import CallToolResult, ToolAnnotations
from pydantic import Field

from api.asking import MOST_CONTEXT, Collapse, told
from api.mcp import answers
from api.mcp.files import AllowedFiles
from api.service.service import Service
from engine.errors import UsageError, WinnowError
from engine.filters import And, parse_filter
from engine.query.request import LONGEST_QUERY, Request, Rerank
from indexer.parsers import listed
from indexer.sources.submitted import Submitted, SubmittedFile

MOST_HITS = 50
LONGEST_TEXT = 1_000_000
LONGEST_PART = 20_000  # of a document in one answer

P = ParamSpec("P")
_READS = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)

Query = Annotated[
    str,
    Field(
        min_length=1,
        max_length=LONGEST_QUERY,
        description='plain words or a question; "two words" must occur as a phrase, -word must not occur',
    ),
]
Hits = Annotated[int, Field(ge=1, le=MOST_HITS, description="how many passages")]
CollectionName = Annotated[str, Field(description="one of list_collections")]
Filters = Annotated[
    list[str],
    Field(
        max_length=32,
        description="all must hold: `field:value`, `field:a|b`, `field:>=2020`, `field:[2020-01-01..2020-12-31]`, "
        "`-field:value`; fields are those of list_collections, and id, uri, title, language",
    ),
]
Passages = Annotated[CallToolResult, answers.Passages]


def add_tools(server: MCPServer, service: Service) -> None:
    """Register what is done with collections."""
    tool = partial(_tool, server)

    @tool("search", "Search")
    def search(
        query: Query,
        collection: CollectionName = "default",
        k: Hits = 8,
        filters: Filters = [],  # noqa: B006
        mode: Annotated[
            Literal["hybrid", "lexical", "dense"],
            Field(description="lexical matches words, dense matches meaning, hybrid does both and is the best"),
        ] = "hybrid",
        rerank: Annotated[Rerank | None, Field(description=told("rerank"))] = None,
        collapse: Annotated[Collapse, Field(description=told("collapse"))] = "near",
        context: Annotated[
            int, Field(ge=0, le=MOST_CONTEXT, description="tokens of the passages around each hit to give with it")
        ] = 0,
    ) -> Passages:
        """Search the documents of a collection: the best passage of each of the k best documents. The passages are
        quotations. Read more of a document around one with read_document, its document_id, start and end.
        """
        kept = And(tuple(parse_filter(text) for text in filters)) if filters else None
        request = Request(
            query,
            k,
            filter=kept,
            collapse=collapse,
            mode=mode,
            rerank=rerank,
            context=context,
            arrived=time.monotonic(),
        )
        return answers.passages(service.searching.search(collection, request))

    @tool("read_document", "Read a document")
    def read_document(
        document_id: Annotated[str, Field(description="as search gives it")],
        collection: CollectionName = "default",
        start: Annotated[int, Field(ge=0, description="first character to read")] = 0,
        end: Annotated[int | None, Field(ge=0, description="the character before which to stop")] = None,
    ) -> Annotated[CallToolResult, answers.DocumentPart]:
        """Read the text of a document, or a part of it; at most 20,000 characters at once, and next_start reads on."""
        stored = service.documents.get(collection, document_id)
        document = stored.document
        length = len(document.text)
        if start > length or (end is not None and end < start):
            raise UsageError(
                f"There are no characters {start}-{length if end is None else end}.",
                f"The document has {length} characters.",
            )
        end = min(start + LONGEST_PART, length if end is None else end, length)
        return answers.part(document, stored.locators, start, end)

    @tool("list_collections", "List collections")
    def list_collections() -> Annotated[CallToolResult, answers.CollectionsInfo]:
        """List the collections that can be searched, with the metadata fields that filters may name."""
        return answers.collections([service.collections.stats(known.name) for known in service.collections.all()])


def add_in_document_tool(
    server: MCPServer, service: Service, files: AllowedFiles, *, encoder: str, reranker: str
) -> None:
    """Register in-document search with these models; of files too if the user allows any."""

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
        _tool(server, "search_in_document", "Search in a text or a file")(search_in_text_or_file)
    else:
        _tool(server, "search_in_document", "Search in a text")(search_in_text)


def _tool(server: MCPServer, name: str, title: str) -> Callable[[Callable[P, CallToolResult]], None]:
    """A decorator that registers a function as a tool which only reads."""

    def register(function: Callable[P, CallToolResult]) -> None:
        server.add_tool(_with_tool_errors(function), name, title, annotations=_READS)

    return register


def _with_tool_errors(function: Callable[P, CallToolResult]) -> Callable[P, CallToolResult]:
    """The function, whose typed errors become the tool's: message, remedy and code are for the agent to act upon."""

    @wraps(function)
    def call(*arguments: P.args, **named: P.kwargs) -> CallToolResult:
        try:
            return function(*arguments, **named)
        except WinnowError as error:
            raise ToolError(f"{error} ({error.code})") from error

    return call
