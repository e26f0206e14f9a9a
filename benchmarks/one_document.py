"""Questions to one long document: documents of a judged collection, one after the other, as many as fill some pages.

A passage answers a question where most of it lies in a document that was judged relevant.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from engine.collection import Collection
from engine.query.request import Request
from engine.types import Heading
from indexer.evaluation.datasets.dataset import Dataset
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


def ask(document: LongDocument, data: Dataset, collection: Collection, watch: Callable[[int], None]) -> dict[str, int]:
    """The place of the first passage that answers, from 1, by question; 0 where none of the first ten does.
    `collection` is the document, opened; `watch` is told how many questions were asked.
    """
    places: dict[str, int] = {}
    for name, question in data.queries.items():
        ranking = collection.searcher.rank(Request(question, FIRST, collapse=False))
        places[name] = 0
        for place, (key, _) in enumerate(ranking.stages[ranking.final][:FIRST], start=1):
            _, passage = collection.generation.passage(ranking.rows[key])
            if data.qrels[name].get(document.holder(passage.start, passage.end), 0) > 0:
                places[name] = place
                break
        watch(len(places))
    return places
