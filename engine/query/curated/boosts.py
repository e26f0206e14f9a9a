"""Boosts: candidates that pass a rule's filter, or that are new, get a part of the spread of the scores more.

Scores of different queries, fusions and policies have no common scale, so a weight is a share of what lies between the
best candidate and the last: with 0.2 a document overtakes those that lead it by less than a fifth of that. What holds
an identifier of the query stays before what does not. The newest candidate has a recency of 1, and one that is older
by the half-life has half of that: no clock is read, so that an answer only changes when documents do. What deeper legs
found beyond the candidates is left where it is, since only some requests ask for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from engine.curation import Recency
from engine.filters import parse_filter
from engine.query.exact import Exact
from engine.query.frozen import Entry
from engine.query.ranking import Ranking
from engine.query.sorting import field_values
from engine.store.generation import Generation
from engine.types import RowId

_DAY = 86_400.0  # seconds


def boosted(
    generation: Generation, ranking: Ranking, exact: Exact, entries: Sequence[Entry]
) -> tuple[list[Entry], dict[RowId, float]]:
    """`entries` of a ranking in the order that the rules make, and what each got."""
    keys = {row: key for key, row in ranking.rows.items()}
    candidates = [entry for entry in entries if entry.row in keys]
    shares = _shares(generation, candidates)
    if not any(shares.values()):
        return list(entries), {}
    strength = {entry.row: exact.strength.get(keys[entry.row], 0) for entry in candidates}
    least = min(strength.values())
    scores = [entry.score for entry in candidates if strength[entry.row] == least]
    spread = (max(scores) - min(scores)) or 1.0
    given = {row: share * spread for row, share in shares.items()}
    raised = [replace(entry, score=entry.score + given[entry.row]) for entry in candidates]
    raised.sort(key=lambda entry: (-strength[entry.row], -entry.score))  # stable: ties keep their order
    tail = [entry for entry in entries if entry.row not in keys]
    return raised + tail, {row: gain for row, gain in given.items() if gain}


def _shares(generation: Generation, candidates: Sequence[Entry]) -> dict[RowId, float]:
    """The sum of what the rules give to each candidate, as a share of the spread."""
    rules = generation.manifest.curation
    shares = {entry.row: 0.0 for entry in candidates}
    for rule in rules.boosts:
        for row in generation.passing(parse_filter(rule.filter), shares):
            shares[row] += rule.weight
    for recency in rules.recency:
        for row, share in _recencies(generation, candidates, recency).items():
            shares[row] += recency.weight * share
    return shares


def _recencies(generation: Generation, candidates: Sequence[Entry], rule: Recency) -> Mapping[RowId, float]:
    """How new each candidate is that has a date, in [0, 1]."""
    values = field_values(generation, [entry.row for entry in candidates], rule.field)
    times = {row: value[1].timestamp() for row, value in values.items() if value is not None}
    newest = max(times.values(), default=0.0)
    return {row: 0.5 ** ((newest - time) / (rule.half_life_days * _DAY)) for row, time in times.items()}
