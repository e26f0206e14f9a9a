"""Where a passage or a snippet stands in its file, as every interface says it: in words, and as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from engine.text.places import in_words
from engine.types import Place, Snippet


def places_to_json(places: Sequence[Place]) -> dict[str, Any]:
    """`place` for people, "" where nothing is known, and `places` for programs."""
    return {"place": in_words(places), "places": [_flat(place) for place in places]}


def snippet_to_json(snippet: Snippet) -> dict[str, Any]:
    """A snippet as data, with its own place, which may be narrower than its passage's."""
    return {**_flat(snippet), **places_to_json(snippet.places)}


def _flat(value: Place | Snippet) -> dict[str, Any]:
    """The fields of a dataclass as they are. `asdict` copies what is in them, too: a quarter of an answer's time."""
    return {name: getattr(value, name) for name in _NAMES[type(value)]}


_NAMES: dict[type, tuple[str, ...]] = {kind: tuple(field.name for field in fields(kind)) for kind in (Place, Snippet)}
