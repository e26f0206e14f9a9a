"""The queries of a certificate: a person's, judged or not, or made from the documents."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.errors import UsageError
from engine.store.generation import Generation
from indexer.evaluation.certificate.measure import Qrels
from indexer.evaluation.diff.queries import read_queries
from indexer.evaluation.tuning.judged import read_judged
from indexer.evaluation.tuning.pseudo import pseudo_queries


@dataclass(frozen=True, slots=True)
class Asked:
    """`queries` is a file of JSON lines, `qrels` their judgements; without, `made` pseudo-queries."""

    queries: Path | None
    qrels: Path | None
    made: int

    def __post_init__(self) -> None:
        if self.qrels is not None and self.queries is None:
            raise UsageError("--qrels judges the queries of --queries, which is not given.")

    @property
    def name(self) -> str:
        return "made from the documents" if self.queries is None else self.queries.name

    def of(self, generation: Generation) -> tuple[dict[str, str], Qrels | None]:
        """Query id -> text, and the judgements, None where there are none that a person made."""
        if self.queries is None:
            return dict(pseudo_queries(generation, self.made, purpose="certify").queries), None
        if self.qrels is None:
            return read_queries(self.queries), None
        judged = read_judged(self.queries, self.qrels, "certify")
        return dict(judged.queries), judged.qrels
