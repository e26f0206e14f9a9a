"""A whole query beside one step of it as others make it: the cross-encoder over the same candidates."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path
from typing import Any

from benchmarks.index import build_index
from benchmarks.speed.interleave import Contender, compete
from benchmarks.speed.others import RERANKERS, ST, lacking
from engine.collection import Collection, open_collection
from engine.protocols import ReadsAhead
from engine.query.passages.as_read import passage_of
from engine.query.pipeline import Request
from indexer.evaluation.datasets import Dataset
from indexer.warming import warm

_ASKED = 20  # questions whose candidates are looked up


def whole_query(data: Dataset, encoder: str, reranker: str, rounds: int, folder: Path) -> dict[str, Any]:
    """Everything from the words to a page of ten hits with snippets, against `CrossEncoder.rank` alone over the
    passages that Winnow reranks for the same question. What Winnow can read ahead (`winnow warm`), it has.
    """
    build = build_index(data, folder, encoder, lambda progress: None, reranker)
    collection = open_collection(build.collection, home=folder, encoder=encoder, reranker=reranker)
    judge = collection.searcher.reranker
    if isinstance(judge, ReadsAhead) and judge.keeps:
        warm(collection)
    questions = list(data.queries.values())
    ours, theirs = cycle(questions), cycle([(text, _candidates(collection, text)) for text in questions[:_ASKED]])
    collection = open_collection(build.collection, home=folder, encoder=encoder, reranker=reranker)  # remembers nothing
    contenders: dict[str, Contender] = {"winnow, a page of hits": lambda: collection.search(next(ours))}
    library = RERANKERS[ST]
    if library.installed:
        rank = library.load(reranker, folder)
        contenders[f"{ST}, CrossEncoder.rank alone"] = lambda: rank(*next(theirs))
    return compete(contenders, rounds) | {"rows": build.chunks, "missing": lacking({ST: library})}


def _candidates(collection: Collection, question: str) -> list[str]:
    """The passages that the reranker sees."""
    ranking = collection.searcher.rank(Request(question))
    return [passage_of(collection.generation, ranking.rows[key]).text for key in ranking.judged]
