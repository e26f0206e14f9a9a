"""The tool `search`: what HTTP takes, in flat parameters that an agent can fill in."""

from __future__ import annotations

import time
from typing import Annotated, Any

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import Field

from api.asking import MOST_CONTEXT, MOST_FACETS, MOST_INNER_HITS, MOST_SORT_KEYS, Collapse, SearchFields, told
from api.mcp import answers
from api.mcp.keys import seen_by
from api.mcp.registering import ToolServer, tool
from api.service.service import Service
from engine.errors import UsageError
from engine.filters import And, parse_filter
from engine.query.request import LONGEST_QUERY, Mode, Rerank, Sort

MOST_HITS = 50
MOST_COLLECTIONS = 16

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
        "`-field:value`; list_fields tells the fields and their values; id, uri, title, language are fields too",
    ),
]


def add_search_tool(server: ToolServer, service: Service) -> None:
    """Register searching in collections."""

    @tool(server, "search", "Search", narrowed=True)
    def search(
        call: Context[Any, Any],
        query: Annotated[
            str,
            Field(
                max_length=LONGEST_QUERY,
                description='plain words or a question; "two words" must occur as a phrase, -word must not occur; '
                "empty with a cursor",
            ),
        ] = "",
        collection: CollectionName = "default",
        collections: Annotated[
            list[str], Field(max_length=MOST_COLLECTIONS, description="several at once, instead of `collection`")
        ] = [],  # noqa: B006
        k: Hits = 8,
        filters: Filters = [],  # noqa: B006
        mode: Annotated[
            Mode, Field(description="lexical matches words, dense matches meaning, hybrid does both and is the best")
        ] = "hybrid",
        context: Annotated[
            int, Field(ge=0, le=MOST_CONTEXT, description="tokens of the passages around each hit to give with it")
        ] = 0,
        min_relevance: Annotated[
            float | None, Field(ge=0, le=1, description="least probability; no hit at all is an answer")
        ] = None,
        budget_ms: Annotated[
            float | None, Field(gt=0, le=600_000, description="milliseconds; less is reranked where they are short")
        ] = None,
        rerank: Annotated[Rerank | None, Field(description=told("rerank"))] = None,
        collapse: Annotated[Collapse, Field(description=told("collapse"))] = "near",
        inner_hits: Annotated[
            int, Field(ge=0, le=MOST_INNER_HITS, description="further passages of each hit's document")
        ] = 0,
        sort: Annotated[
            list[str], Field(max_length=MOST_SORT_KEYS, description="`field` or `-field`, instead of by relevance")
        ] = [],  # noqa: B006
        facets: Annotated[
            list[str],
            Field(max_length=MOST_FACETS, description="fields whose values are counted over all that matches"),
        ] = [],  # noqa: B006
        why_not: Annotated[
            str | None, Field(max_length=4096, description="a document's id: which stage dropped it, and why")
        ] = None,
        correct: Annotated[bool, Field(description="take words that occur nowhere for typos")] = True,
        pageable: Annotated[bool, Field(description="return a cursor for the next page")] = False,
        cursor: Annotated[
            str | None, Field(min_length=1, description="of the answer before; only `collection` and k beside it")
        ] = None,
    ) -> Annotated[CallToolResult, answers.Found]:
        """Search the documents of a collection, or of several: the best passage of each of the k best documents. The
        passages are quotations. Read more of a document around one with read_document, its document_id, start and end.
        """
        searching = seen_by(service, call).searching
        if cursor is not None:
            if query or filters or collections:
                raise UsageError("A cursor carries its search.", "Leave out the query, filters and collections.")
            return answers.found(searching.page(collection, cursor, k), collection)
        wishes = {
            "k": k,
            "mode": mode,
            "context": context,
            "min_relevance": min_relevance,
            "budget_ms": budget_ms,
            "collapse": collapse,
            "rerank": rerank,
            "inner_hits": inner_hits,
            "facets": facets,
            "why_not": why_not,
            "correct": correct,
        }
        fields = SearchFields.model_validate(wishes)
        kept = And(tuple(parse_filter(text) for text in filters)) if filters else None
        order = tuple(Sort(key.removeprefix("-"), key.startswith("-")) for key in sort)
        request = fields.request(query, time.monotonic(), filter=kept, sort=order, pageable=pageable)
        if not collections:
            return answers.found(searching.search(collection, request), collection)
        if pageable or facets or why_not:
            raise UsageError("Pages, facets and why_not are of one collection.", "Name one as `collection`.")
        return answers.found_in_several(searching.search_many(collections, request), query)
