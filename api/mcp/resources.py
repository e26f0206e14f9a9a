"""Documents as resources: a client shows or attaches a whole document by its address."""

from __future__ import annotations

from typing import Any

from mcp.server.mcpserver import Context, MCPServer, ResourceSecurity
from mcp.server.mcpserver.exceptions import ResourceError

from api.mcp.keys import seen_by
from api.service.service import Service
from engine.errors import WinnowError

TEMPLATE = "winnow://documents/{collection}/{+document_id}"
# Ids are looked up in a collection and never become a path: one such as /home/me/../x.md is an id like any other.
_IDS = ResourceSecurity(exempt_params={"collection", "document_id"})


def add_resources(server: MCPServer, service: Service) -> None:
    """Register the template of documents."""

    @server.resource(TEMPLATE, name="document", title="Document", mime_type="text/plain", security=_IDS)
    def document(collection: str, document_id: str, call: Context[Any, Any]) -> str:
        """The whole text of a document, by its collection and the document_id that search gives."""
        try:
            return seen_by(service, call).documents.get(collection, document_id).document.text
        except WinnowError as error:
            raise ResourceError(f"{error} ({error.code})") from error
