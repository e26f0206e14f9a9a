"""A ranking: keys (chunk or document ids) with scores, best first."""

from __future__ import annotations

from collections.abc import Mapping

Scored = tuple[str, float]


def ranked(scores: Mapping[str, float]) -> list[Scored]:
    """Best first; ties by key, so that a ranking never depends on the order in which scores came in."""
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))
