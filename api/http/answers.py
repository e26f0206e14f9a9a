"""Answers that need no second look."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Response
from pydantic import BaseModel


def answered(body: BaseModel, headers: Mapping[str, str] | None = None, status: int = 200) -> Response:
    """`body` as JSON. It is of the route's model already: left to FastAPI it would be validated again, in a thread."""
    return Response(body.model_dump_json(by_alias=True), status, headers, "application/json")
