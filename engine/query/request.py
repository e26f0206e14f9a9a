"""The description of a search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from engine.errors import InvalidQuery, UsageError
from engine.filters import Filter
from engine.recipe import Recipe

LONGEST_QUERY = 8192  # code points that an interface takes; the engine itself has no bound
Mode = Literal["hybrid", "lexical", "dense"]
MODES: tuple[Mode, ...] = get_args(Mode)
Collapse = Literal["near"] | bool
Rerank = Literal["replace", "blend", "none"]
RERANKS: tuple[Rerank, ...] = get_args(Rerank)


@dataclass(frozen=True, slots=True)
class Sort:
    """Order by a metadata field instead of by relevance. Documents without a value come last either way.

    Args:
        field: the field's name.
        descending: the greatest value first.
    """

    field: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """One search, with every option.

    Args:
        query: what a person asks; docs/query-language.md says what it may hold.
        k: how many hits at most, from 1.
        filter: what metadata must be (engine/filters.py).
        collapse: what is a hit: "near" a document with its near-duplicates, True a document, False a passage.
        min_relevance: drop hits that are relevant with a lower probability, in [0, 1]; no hit at all is an answer.
        mode: which legs search: "hybrid", "lexical" or "dense".
        rerank_depth: how many candidates are reranked, by default the recipe's; 0 does not rerank.
        rerank: whose order counts, by default as the recipe says: "replace" is the reranker's alone, "blend" that of
            its scores with the fused ones, "none" the fused order.
        budget_ms: milliseconds for the whole request; what is not reranked in time keeps its fused order.
        arrived: `time.monotonic()` from which the budget counts; by default when the search begins.
        rerank_by: `time.monotonic()` after which reranking is not begun any more; by default it always is.
        dense_weight: the dense leg's weight, in [0, 1], by default the recipe's.
        facets: fields whose values are counted.
        sort: fields to order the most relevant hits by.
        inner_hits: how many further passages of its document each hit brings.
        why_not: the id of a document whose absence is to be explained.
        pageable: give a cursor for the next page (`Collection.page`).
        highlight: find the query's words in each passage.
        rankings: give every stage's whole list, which evaluations need.
        correct: take words that occur nowhere for typos, and search for the most similar word.
        diversity: how much hits that are unlike those before them come earlier, in [0, 1]; 0 leaves the order as it is.
        context: give the passages around each hit, up to so many tokens.
        require_complete: of a cluster whose shards do not all answer, raise Incomplete instead of a partial answer.

    Examples:
        >>> Request("parental leave", k=3, facets=("year",)).mode
        'hybrid'
    """

    query: str
    k: int = 10
    filter: Filter | None = None
    collapse: Collapse = "near"
    min_relevance: float | None = None
    mode: Mode = "hybrid"
    rerank_depth: int | None = None
    budget_ms: float | None = None
    arrived: float | None = None
    rerank_by: float | None = None
    dense_weight: float | None = None
    facets: tuple[str, ...] = ()
    sort: tuple[Sort, ...] = ()
    inner_hits: int = 0
    why_not: str | None = None
    pageable: bool = False
    highlight: bool = True
    rankings: bool = False
    correct: bool = True
    context: int = 0
    diversity: float = 0.0
    rerank: Rerank | None = None
    require_complete: bool = False

    def check(self) -> None:
        """Raise UsageError, or InvalidQuery for an empty query, unless the request makes sense by itself."""
        if self.k < 1:
            raise UsageError(f"k must be at least 1, not {self.k}.")
        if not self.query.strip():
            raise InvalidQuery("The query is empty.", "Ask something.")
        if self.mode not in MODES:
            raise UsageError(f"mode must be one of {', '.join(MODES)}, not {self.mode!r}.")
        if self.collapse not in ("near", True, False):
            raise UsageError(f"collapse must be near, True or False, not {self.collapse!r}.")
        if self.rerank is not None and self.rerank not in RERANKS:
            raise UsageError(f"rerank must be one of {', '.join(RERANKS)}, not {self.rerank!r}.")
        if self.rerank_depth is not None and (self.rerank_depth == 0) != (self.rerank == "none") and self.rerank:
            raise UsageError(
                f"rerank {self.rerank!r} and rerank_depth {self.rerank_depth} contradict each other.", "Leave one out."
            )
        if self.min_relevance is not None and not 0.0 <= self.min_relevance <= 1.0:
            raise UsageError(f"min_relevance must lie in [0, 1], not {self.min_relevance}.")
        if self.budget_ms is not None and not 0.0 < self.budget_ms < float("inf"):
            raise UsageError(f"A budget must be a positive number of milliseconds, not {self.budget_ms}.")
        if not 0.0 <= self.diversity <= 1.0:
            raise UsageError(f"diversity must lie in [0, 1], not {self.diversity}.")
        if self.diversity and self.sort:
            raise UsageError("Hits are ordered by a field or diversified, not both.", "Leave out diversity or sort.")
        for name in ("rerank_depth", "inner_hits", "context"):
            if (getattr(self, name) or 0) < 0:
                raise UsageError(f"{name} must not be negative, but is {getattr(self, name)}.")

    def recipe(self, chosen: Recipe) -> Recipe:
        """The collection's recipe with this request's changes. UsageError for a weight out of range."""
        changes: dict[str, object] = {}
        if self.dense_weight is not None:
            changes["dense_weight"] = self.dense_weight
        if self.rerank is not None:
            changes["rerank"] = self.rerank
        if self.rerank == "replace":
            changes["neighbour_weight"] = 0.0  # each passage by what the reranker says of it, and of nothing else
        if self.rerank_depth == 0:
            changes["rerank"] = "none"
        elif self.rerank_depth is not None:
            changes["rerank_depth"] = self.rerank_depth
        return chosen.with_(**changes)
