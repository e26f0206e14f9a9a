"""A judged collection: queries, graded judgements, and where its documents lie."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

Qrels = dict[str, dict[str, int]]  # query id -> document id -> grade


@dataclass(frozen=True, slots=True)
class Dataset:
    """`qrels` holds the queries of the split that have at least one relevant document, in the order of the file.

    `queries` holds their texts; a judged query that has none is in `without_text` and counts as failed. `corpus` are
    files of records (JSON lines or parquet).
    """

    name: str
    split: str
    queries: dict[str, str]
    qrels: Qrels
    corpus: tuple[Path, ...]

    @property
    def without_text(self) -> list[str]:
        return [query for query in self.qrels if query not in self.queries]

    def limited(self, count: int | None) -> Dataset:
        """The same collection with its first `count` judged queries only."""
        if count is None:
            return self
        kept = dict(islice(self.qrels.items(), count))
        return replace(self, qrels=kept, queries=_restricted(self.queries, kept))


def make_dataset(name: str, split: str, texts: dict[str, str], qrels: Qrels, corpus: tuple[Path, ...]) -> Dataset:
    """Keep of queries and judgements what can be measured: queries with a positive grade."""
    kept = {query: judged for query, judged in qrels.items() if any(grade > 0 for grade in judged.values())}
    return Dataset(name, split, _restricted(texts, kept), kept, corpus)


def _restricted(texts: dict[str, str], queries: Iterable[str]) -> dict[str, str]:
    return {query: texts[query] for query in queries if query in texts}
