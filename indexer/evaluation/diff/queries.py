"""The queries to ask of both sides: JSON lines with `_id` or `id` (optional) and `text` or `query`."""

from __future__ import annotations

from pathlib import Path

from engine.errors import ParseFailed, SourceNotFound
from indexer.evaluation.datasets.records import ID, field, read_records


def read_queries(file: Path) -> dict[str, str]:
    """Query id -> text, in order; a query without an id is called by its number from 1. SourceNotFound, ParseFailed."""
    if not file.is_file():
        raise SourceNotFound(f"There is no file {file}.", 'Give JSON lines such as {"id": "1", "text": "..."}.')
    queries: dict[str, str] = {}
    for number, record in enumerate(read_records([file]), start=1):
        name = next((str(record[key]) for key in ID if record.get(key) is not None), str(number))
        if name in queries:
            raise ParseFailed(f"{file} has two queries with the id {name!r}.", "Give each its own id.")
        queries[name] = field(record, ("text", "query"), str(file))
    if not queries:
        raise SourceNotFound(f"{file} holds no queries.", 'Give JSON lines such as {"id": "1", "text": "..."}.')
    return queries
