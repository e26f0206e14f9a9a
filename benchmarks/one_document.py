"""Questions to one long document: documents of a judged collection, one after the other, as many as fill some pages.

A passage answers a question where most of it lies in a document that was judged relevant.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

import numpy as np

from benchmarks.assessment.silence import Asked
from engine.collection import Collection
from engine.probability.gate import SIGNS
from engine.query.pipeline import Searcher
from engine.query.ranking import Ranking
from engine.query.relevance import compared_scores, lexical_limit, signs
from engine.query.request import Request
from engine.types import Heading
from indexer.evaluation.datasets.dataset import Dataset
from indexer.evaluation.tuning.fitting import Hits, join
from indexer.parsers.base import Parsed
from indexer.sources.source import Source, discover

FIRST = 10  # passages


@dataclass(frozen=True, slots=True)
class LongDocument:
    """A text made of documents: `starts` says where each begins, `names` their ids."""

    parsed: Parsed
    starts: Sequence[int]
    names: Sequence[str]

    @property
    def source(self) -> Source:
        """The document as an ingest reads it."""
        return Source("document", "document", "", lambda: self.parsed)

    def holder(self, start: int, end: int) -> str:
        """The document that most of the text from `start` to `end` belongs to."""
        ends = [*self.starts[1:], len(self.parsed.text)]
        places = range(bisect_right(self.starts, start) - 1, bisect_right(self.starts, end - 1))
        return self.names[max(places, key=lambda place: min(ends[place], end) - max(self.starts[place], start))]


def long_document(data: Dataset, characters: int, seed: int = 0) -> LongDocument:
    """All judged documents, and others until there are so many characters, in the collection's order."""
    documents = {found.id: found.parse() for found in discover(sorted(data.corpus)) if isinstance(found, Source)}
    judged = {name for grades in data.qrels.values() for name, grade in grades.items() if grade > 0}
    chosen, left = judged & documents.keys(), sorted(documents.keys() - judged)
    size = sum(len(documents[name].text) for name in chosen)
    Random(seed).shuffle(left)  # noqa: S311  a sample, no secret
    for name in left:
        size += len(documents[name].text)
        if size > characters:
            break
        chosen.add(name)
    text = ""
    starts: list[int] = []
    headings: list[Heading] = []
    names = [name for name in documents if name in chosen]
    for name in names:
        starts.append(len(text))
        if documents[name].title:
            headings.append(Heading(len(text), 1, documents[name].title))
            text += f"{documents[name].title}\n\n"
        text += f"{documents[name].text.strip()}\n\n"
    return LongDocument(Parsed(title="", text=text, headings=tuple(headings)), starts, names)


@dataclass(frozen=True, slots=True)
class Answers:
    """Lists that one document gave, by question, and whether each of their first ten passages answers."""

    name: str
    rankings: Mapping[str, Ranking]
    answering: Mapping[str, Sequence[bool]]

    @property
    def places(self) -> list[int]:
        """The place of the first passage that answers, from 1, and 0 where none of the first ten does."""
        return [flags.index(True) + 1 if True in flags else 0 for flags in self.answering.values()]

    def hits(self, first: int) -> Hits:
        """The first ten passages as a calibration is fitted to them, the questions numbered from `first`."""
        parts = []
        for number, (name, ranking) in enumerate(self.rankings.items(), start=first):
            keys, flags = _first(ranking), np.array(self.answering[name], np.float64)
            if keys:
                parts.append(Hits(compared_scores(ranking, keys), flags, np.full(len(keys), number)))
        return join(parts)

    def asked(self, vain: Answers) -> Asked:
        """The questions as a gate is fitted to them, with those that `vain` holds; an answer is worth the reciprocal of
        its place.
        """
        worth = [1.0 / place if place else 0.0 for place in self.places] + [0.0] * len(vain.rankings)
        told = [signs(ranking) for ranking in (*self.rankings.values(), *vain.rankings.values())]
        kept = [place for place, found in enumerate(told) if found is not None]
        rows = np.array([told[place] for place in kept], np.float64).reshape(-1, len(SIGNS))
        return Asked(self.name, rows, np.array(worth)[kept], np.array(kept) < len(self.rankings))


def ask(
    document: LongDocument,
    name: str,
    questions: Mapping[str, str],
    qrels: Mapping[str, Mapping[str, int]],
    collection: Collection,
    watch: Callable[[int], None] = lambda done: None,
) -> Answers:
    """Ask `collection`, which is the document, opened; `watch` is told how many questions were asked."""
    rankings, answering = {}, {}
    for query, question in questions.items():
        ranking = _ranking(collection.searcher, Request(question, FIRST, collapse=False))
        passages = [collection.generation.passage(ranking.rows[key])[1] for key in _first(ranking)]
        holders = [document.holder(passage.start, passage.end) for passage in passages]
        rankings[query] = ranking
        answering[query] = [qrels.get(query, {}).get(holder, 0) > 0 for holder in holders]
        watch(len(rankings))
    return Answers(name, rankings, answering)


def _first(ranking: Ranking) -> list[str]:
    return [key for key, _ in ranking.stages[ranking.final][:FIRST]]


def _ranking(searcher: Searcher, request: Request) -> Ranking:
    """The list with its lexical limit, which a searcher without a calibration leaves out."""
    limit = lexical_limit(searcher.retrieve(request).query, searcher.generation.statistics, searcher.recipe)
    return replace(searcher.rank(request), lexical_limit=limit)
