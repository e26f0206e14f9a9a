"""Where a passage or a snippet stands in its file, as every interface says it: in words, and as data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.text.places import in_words
from engine.types import Place, Snippet


def places_to_json(places: Sequence[Place]) -> dict[str, Any]:
    """`place` for people, "" where nothing is known, and `places` for programs."""
    return {
        "place": in_words(places),
        "places": [{"kind": place.kind, "first": place.first, "last": place.last} for place in places],
    }


def snippet_to_json(snippet: Snippet) -> dict[str, Any]:
    """A snippet as data, with its own place, which may be narrower than its passage's."""
    return {
        "start": snippet.start,
        "end": snippet.end,
        "text": snippet.text,
        "marks": snippet.marks,
        "kind": snippet.kind,
        "header": snippet.header,
        "before": snippet.before,
        "after": snippet.after,
        **places_to_json(snippet.places),
    }
