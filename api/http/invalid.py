"""A request that is not what its operation takes, explained: what is wrong with each part, and what is allowed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from api.http.names import shown

MOST_SHOWN = 20  # parts of a request of which an answer says what is wrong
_IN_SENTENCE = 3  # of them in `detail`
_LONGEST = 500  # code points of what is said of one


class Wrong(NamedTuple):
    """One part of a request, and what is wrong with it."""

    location: str
    message: str


class Explanation(NamedTuple):
    """The parts that are shown, all in one sentence, and what to do; "" where the parts do not say."""

    parts: list[Wrong]
    detail: str
    remedy: str


def explain(errors: Sequence[Mapping[str, Any]], body: Any = None) -> Explanation:
    """Explain pydantic's errors; `body` is what they were found in. Only those that are shown are looked at."""
    parts = [_wrong(error, body) for error in errors[:MOST_SHOWN]]
    said = "; ".join(f"{part.location}: {part.message.rstrip('.')}" for part in parts[:_IN_SENTENCE])
    more = len(errors) - len(parts[:_IN_SENTENCE])
    rest = f" (and {more:,} more)" if more > 0 else ""
    detail = f"The request is not what this operation takes: {said}{rest}"
    detail += "" if detail.endswith("?") else "."
    remedies = dict.fromkeys(str(error["ctx"]["remedy"]) for error in errors[:_IN_SENTENCE] if _has_remedy(error))
    return Explanation(parts, detail, " ".join(remedies))


def _wrong(error: Mapping[str, Any], body: Any) -> Wrong:
    location = ".".join(shown(str(part)) for part in error["loc"])
    message = str(error["msg"])[:_LONGEST].removeprefix("Value error, ")
    if error["type"] == "missing":
        message = "This is needed, and is missing."
    if name := _filtered_field(error["loc"], body):
        message = f"In the filter on `{shown(name)}`: {message}"
    return Wrong(location[:_LONGEST], message)


def _has_remedy(error: Mapping[str, Any]) -> bool:
    return "remedy" in (error.get("ctx") or ())


def _filtered_field(location: Sequence[object], body: Any) -> str | None:
    """The field that the innermost filter on the way to `location` is about."""
    if "filter" not in location or not isinstance(body, dict):
        return None
    part: Any = body
    name: str | None = None
    for step in location[1:]:
        if isinstance(part, dict):
            if isinstance(part.get("field"), str):
                name = part["field"]
            part = part.get(step, part)  # pydantic puts the kind of a filter in between, too
        elif isinstance(part, list) and isinstance(step, int):
            part = part[step]
    return name
