"""Answers that need no second look."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Response
from pydantic import BaseModel
from pydantic_core import to_json


def answered(
    body: BaseModel | Mapping[str, Any], headers: Mapping[str, str] | None = None, status: int = 200
) -> Response:
    """`body` as JSON. It is what the route's model says: left to FastAPI it would be validated again, in a thread."""
    return Response(encoded(body), status, headers, "application/json")


def encoded(body: BaseModel | Mapping[str, Any]) -> bytes:
    """`body` as JSON, which knows neither NaN nor infinity: they become null."""
    return to_json(body, inf_nan_mode="null")
