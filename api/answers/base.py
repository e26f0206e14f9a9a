"""The base of all answers."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import BaseModel


class Answer(BaseModel):
    """A JSON answer."""


def plain(value: object) -> Any:
    """A value as JSON has it: dates as ISO 8601, lists as arrays."""
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def metadata_of(metadata: Any) -> dict[str, Any]:
    """A document's metadata as JSON."""
    return {name: plain(value) for name, value in metadata.items()}
