"""What all schemas share."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class RequestBody(BaseModel):
    """A JSON body: unknown fields, numbers in quotes, NaN and infinity are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Answer(BaseModel):
    """A JSON answer."""


def examples(*values: dict[str, Any]) -> dict[str, Any]:
    """For the `json_schema_extra` of a model."""
    return {"examples": list(values)}
