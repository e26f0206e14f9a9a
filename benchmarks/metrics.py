"""Retrieval metrics by ir_measures (trec_eval's definitions), per query and averaged.

Ranks are scored, not scores: the n-th document of a list gets the score -n, so ties cannot occur and every tool sees
the order that was served. Ties in TREC files from outside are settled when they are read (benchmarks/trec.py).

nDCG has linear gain (grade / log2(rank + 1)), as BEIR reports it. A document that is not judged has grade 0; a judged
query without an answer counts as 0 in every mean, and so does a failed one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engine.errors import UsageError
from engine.extras import needs
from indexer.evaluation.datasets import Qrels

# ours -> ir_measures'
MEASURES = {
    "nDCG@10": "nDCG@10",
    "R@100": "R@100",
    "MRR@10": "RR@10",
    "MAP@100": "AP@100",
    "P@10": "P@10",
    "Success@10": "Success@10",
    "Unjudged@10": "Judged@10",  # its complement: the share of the first ten that nobody has judged
}
QUALITY = tuple(name for name in MEASURES if name != "Unjudged@10")  # where more is better

Run = Mapping[str, Sequence[str]]  # query id -> document ids, best first
PerQuery = dict[str, dict[str, float]]  # metric -> query id -> value


_FAMILIES = {"accuracy": "Success", "precision": "P", "recall": "R", "mrr": "RR", "map": "AP", "ndcg": "nDCG"}
_SPELLED = {"mrr": "MRR", "map": "MAP", "ndcg": "nDCG"}


def measures_of(names: Sequence[str]) -> dict[str, str]:
    """Metrics by name, ours -> ir_measures', such as accuracy@1, precision@3, recall@5, MRR@10, MAP@100, nDCG@10.

    UsageError for any other name. Those of MEASURES are understood as well.
    """
    found = {}
    for name in names:
        family, _, cutoff = name.partition("@")
        lower = family.lower()
        if name in MEASURES:
            found[name] = MEASURES[name]
        elif lower in _FAMILIES and cutoff.isdecimal() and int(cutoff) > 0:
            found[f"{_SPELLED.get(lower, lower)}@{int(cutoff)}"] = f"{_FAMILIES[lower]}@{int(cutoff)}"
        else:
            raise UsageError(
                f"{name!r} is no measure.",
                "Name accuracy, precision, recall, MRR, MAP or nDCG with a rank, such as nDCG@10, separated by commas.",
            )
    return found


def deepest(measures: Iterable[str]) -> int:
    """The rank down to which the measures look, 0 for none."""
    return max((int(name.partition("@")[2]) for name in measures), default=0)


def per_query(qrels: Qrels, run: Run, measures: Mapping[str, str] = MEASURES) -> PerQuery:
    """Every metric of every judged query. A document listed twice counts once, at its better place."""
    ir_measures: Any = _ir_measures()
    names = defaultdict(list)
    for ours, theirs in measures.items():
        names[ir_measures.parse_measure(theirs)].append(ours)
    scored = {query: _ranks(run[query]) for query in qrels if run.get(query)}
    values: PerQuery = {name: dict.fromkeys(qrels, 0.0) for name in measures}
    if scored:
        for result in ir_measures.iter_calc(list(names), qrels, scored):
            if result.query_id in scored:
                for name in names[result.measure]:
                    values[name][result.query_id] = float(result.value)
    for query in scored if "Unjudged@10" in values else ():
        values["Unjudged@10"][query] = 1.0 - values["Unjudged@10"][query]
    return values


def require_measures() -> None:
    """Raise DependencyMissing without the extra `bench`: to be asked before hours are spent."""
    _ir_measures()


def means(values: PerQuery) -> dict[str, float]:
    """The mean of each metric over all judged queries."""
    return {metric: sum(scores.values()) / len(scores) for metric, scores in values.items()}


def evaluate(qrels: Qrels, run: Run, measures: Mapping[str, str] = MEASURES) -> dict[str, float]:
    """Mean of each metric over all judged queries."""
    return means(per_query(qrels, run, measures))


def _ranks(documents: Iterable[str]) -> dict[str, float]:
    return {document: -float(rank) for rank, document in enumerate(dict.fromkeys(documents), start=1)}


def _ir_measures() -> Any:
    with needs("bench", "A benchmark's score"):
        import ir_measures
    return ir_measures
