"""Limits of one request: the settings' limits, which may be tighter than those of the OpenAPI document."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import UploadFile

from api.settings import ServeSettings
from engine.errors import UsageError
from engine.filters import And, Filter, Not, Or
from engine.query.request import Request


def check_search(search: Request, limits: ServeSettings, collections: int = 1) -> None:
    """Raise UsageError for more than the settings allow."""
    asked = {
        "query_length": len(search.query),
        "hits": max(search.k, search.rerank_depth or 0),
        "facets": len(search.facets),
        "filters": _conditions(search.filter),
        "collections": collections,
    }
    for setting, count in asked.items():
        _check(setting, count, getattr(limits, setting))


def check_page(k: int | None, limits: ServeSettings) -> None:
    """Raise UsageError for a larger page than the settings allow."""
    _check("hits", k or 0, limits.hits)


def check_text(text: str, limits: ServeSettings) -> None:
    """Raise UsageError for a longer document than may be searched without being stored."""
    _check("document_length", len(text), limits.document_length)


def check_file_sizes(files: Sequence[UploadFile], limits: ServeSettings) -> None:
    """Raise UsageError for a file that is larger than the settings allow."""
    for file in files:
        _check("file_bytes", file.size or 0, limits.file_bytes)


def _check(setting: str, count: int, most: int) -> None:
    if count > most:
        raise UsageError(
            f"The request asks for {count} {setting.replace('_', ' ')}; this service allows {most}.",
            f"Ask for less, or have the operator raise the setting `{setting}`.",
        )


def _conditions(condition: Filter | None) -> int:
    """Conditions of a filter, `and`, `or` and `not` included: each makes a mask of every row."""
    if isinstance(condition, And | Or):
        return 1 + sum(map(_conditions, condition.filters))
    if isinstance(condition, Not):
        return 1 + _conditions(condition.filter)
    return 0 if condition is None else 1
