"""A search as a shard has to know it: which query, which rows it allows, and how rare its terms are anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.cluster.published.statistics import QueryStatistics
from engine.errors import NotInCluster
from engine.filters import Filter
from engine.lexical.query import LexicalQuery
from engine.lexical.search import query_scorer
from engine.lexical.statistics import LexicalStatistics
from engine.query.request import Request
from engine.recipe import Recipe
from engine.types import RowMask


@dataclass(frozen=True)
class Scope(Sequence[RowMask | None]):
    """Stand-in for the row masks of the query path: each shard makes those of its own segments.

    `asked` is the query as somebody typed it, which rules of the collection are about.
    """

    query: LexicalQuery
    asked: str
    filter: Filter | None
    collapse: bool
    statistics: QueryStatistics = field(compare=False)

    @staticmethod
    def of(query: LexicalQuery, request: Request, statistics: LexicalStatistics) -> Scope:
        return Scope(query, request.query, request.filter, bool(request.collapse), statistics_for(query, statistics))

    @property
    def request(self) -> Request:
        """A request that allows the same rows."""
        return Request(self.asked, filter=self.filter, collapse=self.collapse)

    def __len__(self) -> int:
        return 0

    def __getitem__(self, position: Any) -> Any:
        raise NotInCluster("The rows that a query allows are known to the shards alone.")


def statistics_for(query: LexicalQuery, statistics: LexicalStatistics) -> QueryStatistics:
    """The part of a generation's statistics that scoring a query reads, which no recipe changes."""
    noted = _Noting(statistics)
    query_scorer(query, noted, Recipe())
    return QueryStatistics(statistics.chunk_count, statistics.title_length, statistics.body_length, noted.frequencies)


class _Noting:
    """Statistics that note what they are asked."""

    def __init__(self, statistics: LexicalStatistics) -> None:
        self._statistics = statistics
        self.chunk_count = statistics.chunk_count
        self.title_length, self.body_length = statistics.title_length, statistics.body_length
        self.frequencies: dict[str, int] = {}

    def document_frequency(self, term: str) -> int:
        return self.frequencies.setdefault(term, self._statistics.document_frequency(term))
