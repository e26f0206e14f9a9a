"""The OpenAPI document: what FastAPI makes of the routes, with our problem bodies in the place of its own."""

from __future__ import annotations

import threading
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.http.access import access_to
from api.http.problems import Problem

TAGS = [
    {"name": "search", "description": "Search one collection or several."},
    {"name": "collections", "description": "Create, list, describe, rename and delete collections."},
    {"name": "documents", "description": "The documents of a collection."},
    {
        "name": "judgements",
        "description": "How relevant people found documents, for `winnow tune --judged`.",
    },
    {"name": "in-document search", "description": "A document with its question; nothing is stored."},
    {"name": "jobs", "description": "Ingests in the background."},
    {"name": "models", "description": "Embeddings and reranking for clients of OpenAI, Cohere and Jina."},
]
SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "`Authorization: Bearer wk_...`"},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}  # the names beside them in `security` are the scopes of Winnow's keys


def install(app: FastAPI) -> None:
    """Have `app.openapi()` give our document, made once, also where several threads ask for it at a time."""
    lock = threading.Lock()

    def openapi() -> dict[str, Any]:
        with lock:
            if app.openapi_schema is None:
                app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes, tags=TAGS
    )
    schemas = document["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    schemas.update(problem.pop("$defs"))
    schemas["Problem"] = problem
    document["components"]["securitySchemes"] = SCHEMES
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            access = access_to(method, path)
            operation["security"] = [] if access == "open" else [{name: [access]} for name in SCHEMES]
    return document
