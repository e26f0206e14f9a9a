"""Metadata of a hit for other frameworks, beside its text."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from api.client.hits import Hit
from api.client.results import SearchAnswer


def metadata_of(hit: Hit, answer: SearchAnswer) -> dict[str, Any]:
    """The document's own metadata, and where the passage stands; ours wins where both have a name."""
    return {
        **hit.metadata,
        "collection": answer.collection,
        "document_id": hit.document_id,
        "uri": hit.uri,
        "title": hit.title,
        "headings": list(hit.headings),
        "start": hit.start,
        "end": hit.end,
        "place": hit.place,
        "places": [asdict(place) for place in hit.places],
        "rank": hit.rank,
        "score": hit.score,
        "relevance": hit.relevance,
    }
