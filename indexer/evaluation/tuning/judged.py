"""The queries that a collection is tuned with, and who judged them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.errors import UsageError
from indexer.evaluation.datasets import Dataset, Qrels
from indexer.evaluation.datasets.dataset import make_dataset
from indexer.evaluation.datasets.judgements import read_qrels
from indexer.evaluation.datasets.records import ID, field, read_records

LEAST = 10  # queries below which nothing can be told
ENOUGH = 50  # below which a recipe is only proposed: it may be the best by luck, and every later query would pay for it

Origin = Literal["judged", "pseudo"]


@dataclass(frozen=True, slots=True)
class Judged:
    """`queries` (id -> text) that have a relevant document each in `qrels`."""

    name: str
    origin: Origin
    queries: dict[str, str]
    qrels: Qrels
    purpose: str = "tune"  # for messages

    def __post_init__(self) -> None:
        if (found := len(self.queries)) < LEAST:
            raise UsageError(
                f"{found} {'query' if found == 1 else 'queries'} with a relevant document: too few to {self.purpose} "
                "with.",
                f"Give at least {LEAST}, better 50 to 300, or make some with --pseudo N.",
            )

    def only(self, wanted: Collection[str]) -> Judged:
        """The judgements of these queries only, as far as they are among its own."""
        kept = {query: text for query, text in self.queries.items() if query in set(wanted)}
        return Judged(self.name, self.origin, kept, {query: self.qrels[query] for query in kept})

    def limited(self, count: int | None) -> Judged:
        """The first `count` queries only."""
        kept = dict(list(self.queries.items())[:count])
        return Judged(self.name, self.origin, kept, {query: self.qrels[query] for query in kept})


def of_dataset(dataset: Dataset, purpose: str = "tune") -> Judged:
    """A judged collection's queries that have a text."""
    qrels = {query: dataset.qrels[query] for query in dataset.queries}
    return Judged(f"{dataset.name}/{dataset.split}", "judged", dict(dataset.queries), qrels, purpose)


def read_judged(queries: Path, qrels: Path, purpose: str = "tune") -> Judged:
    """Queries as JSON lines (`_id`, `text`), judgements as BEIR's or TREC's tab-separated lines. ParseFailed."""
    texts = {
        field(record, ID, str(queries)): field(record, ("text", "query"), str(queries))
        for record in read_records([queries])
    }
    return of_dataset(make_dataset(queries.name, "given", texts, read_qrels([qrels]), ()), purpose)
