"""Advice where a search found nothing."""

from __future__ import annotations

import re

from engine.query.request import Request
from engine.types import SearchResult

_OPERATORS = re.compile(r'"|(?<!\S)(?:-?[^\s:"-][^\s:"]*:|-)(?=\S)')  # quotes, fields, exclusions


def no_hits(request: Request, result: SearchResult, documents: int) -> list[str]:
    """Lines for the command line, the surest remedy first. `documents` are those of the collection."""
    if not documents:
        return ["No hits: the collection is empty. Fill it with `winnow ingest`."]
    too_little = request.min_relevance is not None and result.candidates
    found = ["Nothing relevant." if too_little else "No hits."]
    if request.filter is not None:
        found.append("Try without --filter.")
    if too_little:
        found.append("Try a smaller --min-relevance.")
    if request.mode != "hybrid":
        found.append("Try --mode hybrid, which looks for words and meaning.")
    if plain := plain_words(request.query):
        found.append(f"Try the plain words: {plain}")
    return found


def plain_words(query: str) -> str | None:
    """The query without its quotes, exclusions and fields; None if it has none, or nothing else."""
    plain = " ".join(_OPERATORS.sub(" ", query).split())
    return plain if plain and plain != query else None
