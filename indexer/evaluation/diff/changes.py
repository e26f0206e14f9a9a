"""Comparing two answers to one query: which documents came, went and moved, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from engine.types import StageName
from indexer.evaluation.diff.side import Answer

Cause = Literal["added", "deleted", "changed", "lexical", "dense", "fusion", "rerank"]
STAGES: tuple[StageName, ...] = get_args(StageName)  # in the order of the query path
CAUSES: tuple[Cause, ...] = get_args(Cause)

ContentHash = Callable[[str], str | None]  # of a document id; None where there is no such document


@dataclass(frozen=True, slots=True)
class Change:
    """A document whose place among the first k differs: `before` and `after` are its final ranks there, None outside.

    `stages` holds its rank in A and in B at every stage that listed it in either.
    """

    document: str
    before: int | None
    after: int | None
    cause: Cause
    stages: dict[StageName, tuple[int | None, int | None]]

    def to_json(self) -> dict[str, Any]:
        stages = {stage: list(ranks) for stage, ranks in self.stages.items()}
        return {"document": self.document, "rank": [self.before, self.after], "cause": self.cause, "stages": stages}


@dataclass(frozen=True, slots=True)
class QueryDiff:
    """`overlap`: the share of the first k documents that both sides have (1 if neither has any)."""

    query_id: str
    text: str
    overlap: float
    changes: tuple[Change, ...] = ()
    errors: tuple[str | None, str | None] = (None, None)
    degraded: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())

    @property
    def came(self) -> list[Change]:
        return [change for change in self.changes if change.before is None]

    @property
    def went(self) -> list[Change]:
        return [change for change in self.changes if change.after is None]

    @property
    def moved(self) -> list[Change]:
        return [change for change in self.changes if change.before is not None and change.after is not None]

    @property
    def changed(self) -> bool:
        return bool(self.changes) or self.errors[0] != self.errors[1]

    def to_json(self) -> dict[str, Any]:
        kinds = {"came": self.came, "went": self.went, "moved": self.moved}
        return {
            "query_id": self.query_id,
            "text": self.text,
            "overlap": round(self.overlap, 6),
            **{kind: [change.to_json() for change in changes] for kind, changes in kinds.items()},
            "errors": list(self.errors),
            "degraded": [list(reasons) for reasons in self.degraded],
        }


def compare(
    query_id: str, text: str, a: Answer, b: Answer, hash_in_a: ContentHash, hash_in_b: ContentHash
) -> QueryDiff:
    """Changes of A's first documents in B, in B's order, then those that went."""
    before = {document: rank for rank, document in enumerate(a.top, start=1)}
    after = {document: rank for rank, document in enumerate(b.top, start=1)}
    changes = []
    for document in dict.fromkeys((*b.top, *a.top)):
        if before.get(document) != after.get(document):
            stages = _stages(document, a, b)
            cause = _content_cause(hash_in_a(document), hash_in_b(document)) or _first_changed(stages)
            changes.append(Change(document, before.get(document), after.get(document), cause, stages))
    longest = max(len(before), len(after))
    overlap = len(before.keys() & after.keys()) / longest if longest else 1.0
    return QueryDiff(query_id, text, overlap, tuple(changes), (a.error, b.error), (a.degraded, b.degraded))


def summarise(diffs: Sequence[QueryDiff]) -> dict[str, Any]:
    """Queries, how many changed, mean overlap, and how many documents each cause moved."""
    causes = Counter(change.cause for diff in diffs for change in diff.changes)
    return {
        "queries": len(diffs),
        "changed": sum(diff.changed for diff in diffs),
        "failed": sum(diff.errors != (None, None) for diff in diffs),
        "mean_overlap": round(sum(diff.overlap for diff in diffs) / len(diffs), 6) if diffs else 1.0,
        "came": sum(len(diff.came) for diff in diffs),
        "went": sum(len(diff.went) for diff in diffs),
        "moved": sum(len(diff.moved) for diff in diffs),
        "causes": {cause: causes[cause] for cause in CAUSES},
    }


def _stages(document: str, a: Answer, b: Answer) -> dict[StageName, tuple[int | None, int | None]]:
    pairs = {stage: (a.rank(document, stage), b.rank(document, stage)) for stage in STAGES}
    return {stage: pair for stage, pair in pairs.items() if pair != (None, None)}


def _content_cause(before: str | None, after: str | None) -> Cause | None:
    """A document that is not the same on both sides needs no other explanation."""
    if before == after:
        return None
    if before is None:
        return "added"
    return "deleted" if after is None else "changed"


def _first_changed(stages: dict[StageName, tuple[int | None, int | None]]) -> Cause:
    """The first stage of the query path at which the two ranks differ; the last stage that listed it decides else."""
    return next((stage for stage, (before, after) in stages.items() if before != after), next(reversed(stages)))
