"""The tools that write, which the user allows: adding documents, deleting documents."""

from __future__ import annotations

from typing import Annotated, Any

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import Field

from api.http.schemas.documents import Deleted, DocumentText
from api.mcp import answers
from api.mcp.keys import caller_of
from api.mcp.registering import WRITES, ToolServer, tool
from api.mcp.searching import CollectionName
from api.service.service import Service

MOST_DOCUMENTS = 100
_PATIENCE = 60.0  # seconds that an agent waits for its documents


def add_writing_tools(server: ToolServer, service: Service) -> None:
    """Register what changes collections. A caller with a key needs the scope `write` for the collection."""

    @tool(server, "add_documents", "Add documents", WRITES)
    def add_documents(
        documents: Annotated[list[DocumentText], Field(min_length=1, max_length=MOST_DOCUMENTS)],
        context: Context[Any, Any],
        collection: CollectionName = "default",
    ) -> Annotated[CallToolResult, answers.Written]:
        """Add texts to a collection, or put them in the place of the documents with the same ids. Returns when they can
        be searched, or after a minute, while the work goes on; the report names documents that failed.
        """
        caller = caller_of(context)
        caller.require("write", collection)
        job = service.documents.put(collection, [document.to_submitted() for document in documents], caller.owner)
        return answers.written(service.jobs.wait(job.id, _PATIENCE))

    @tool(server, "delete_documents", "Delete documents", WRITES)
    def delete_documents(
        document_ids: Annotated[list[str], Field(min_length=1, max_length=MOST_DOCUMENTS)],
        context: Context[Any, Any],
        collection: CollectionName = "default",
    ) -> Annotated[CallToolResult, Deleted]:
        """Delete documents from a collection: all of them, or none if one is unknown. This cannot be undone."""
        caller_of(context).require("write", collection)
        generation = service.documents.delete(collection, document_ids)
        return answers.deleted(Deleted(deleted=sorted(set(document_ids)), generation=generation))
