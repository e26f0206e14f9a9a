"""One call as data, from what is sent to how the answer is read, so that both clients share all but the waiting."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from api.client.errors import ServerError, error_of, of_problem

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """A request, and the type of its answer. `repeatable`: sent twice it does and answers the same as sent once."""

    method: str
    path: str
    result: type[T]
    params: Mapping[str, Any] | None = None
    json: Mapping[str, Any] | None = None
    data: Mapping[str, Any] | None = None
    files: Any = None
    repeatable: bool = True

    def read(self, status: int, headers: Mapping[str, str], body: bytes) -> T:
        """The answer. ApiError if it tells of a failure, or cannot be read."""
        if status >= 300:
            raise error_of(status, headers, body)
        return self._parse(body or b"null", status)

    def read_event(self, name: str, data: str) -> tuple[str, T]:
        """A server-sent event: its name and what it says. ApiError for the event `error`."""
        if name == "error":
            problem = json.loads(data)
            raise of_problem(problem, int(problem["status"]))
        return name, self._parse(data, 200)

    def _parse(self, data: str | bytes, status: int) -> T:
        try:
            kind: Any = self.result
            answer: T = _adapter(kind).validate_json(data)
            return answer
        except ValidationError as error:
            raise ServerError(
                "unreadable_answer",
                f"The answer is no {self.result.__name__}: {error.errors()[0]['msg']}.",
                "Check that the address is that of a Winnow service of the same version as this client.",
                status=status,
            ) from error


def path(template: str, **parts: str) -> str:
    """`template` with its parts quoted: whatever an id holds, it stays one part of the path."""
    return template.format(**{name: _quoted(part) for name, part in parts.items()})


def _quoted(part: str) -> str:
    return part.replace(".", "%2E") if part in (".", "..") else quote(part, safe="")  # dots alone would be resolved


@cache
def _adapter(result: Any) -> TypeAdapter[Any]:
    return TypeAdapter(result)
