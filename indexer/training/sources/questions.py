"""Written questions over a collection of documents, each with the words that answer it, and lists judged by reading.

The documents are whatever `winnow ingest` takes, or JSON lines of it that are compressed; data/training/README.md tells
the form of questions and lists. Passages are cut and titled as an ingest cuts them: a model learns from what it will
be served.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.context import context, with_context
from engine.models import load_encoder
from engine.models.checkpoints.presets import BUNDLED
from engine.types import Document
from indexer.chunking.chunker import Chunker
from indexer.labels import shorten_labels
from indexer.sources.source import Source, discover
from indexer.training.corpus import Corpus, Query
from indexer.training.recipe import Data
from indexer.training.sources.files import read_lines, read_text

GAINS: Mapping[int, float] = {3: 1.0, 2: 0.3}  # what a judged passage's grade is worth; lower ones are worth nothing
_SHARE = 0.8  # a passage with so many of an answer's words may say the same
_SAME = 0.6  # a judged passage and today's with so much in common say the same


@dataclass(frozen=True, slots=True)
class _Passage:
    document: str
    start: int
    end: int
    text: str


def read(data: Data) -> Corpus:
    """Every question with an answer in a passage. What may answer as well by its words, or by standing in the same
    document, is excluded from the negatives unless somebody judged it.
    """
    texts, passages = _passages(data)
    bags = [frozenset(_words(passage.text)) for passage in passages]
    places: dict[str, list[int]] = {}
    for number, passage in enumerate(passages):
        places.setdefault(passage.document, []).append(number)
    judged = {row["question"]: row["passages"] for row in read_lines(data.judged)} if data.judged else {}
    queries = []
    for row in (row for path in data.questions for row in read_lines(path)):
        document = str(row.get("document") or row["doc"])
        span = _answer(row, texts.get(document, ""))
        if span is None:
            continue
        text = str(row.get("question") or row["q"])
        query = _judged(text, judged[row["id"]], passages, places) if row["id"] in judged else None
        query = query or _marked(text, texts[document][slice(*span)], span, places.get(document, []), passages, bags)
        if query is not None and query.positives:
            queries.append(query)
    return Corpus(data.label, [passage.text for passage in passages], queries)


def _passages(data: Data) -> tuple[dict[str, str], list[_Passage]]:
    """The text of each document, and the passages of all, as the bundled encoder has them cut.

    The files of a folder are named by their paths inside it.
    """
    inside = f"{data.path.absolute()}{os.sep}"
    chunker = Chunker.for_encoder(load_encoder(BUNDLED))
    texts: dict[str, str] = {}
    passages = []
    for source in _sources(data.path):
        parsed, _ = shorten_labels(source.parse())
        name = source.id.removeprefix(inside)
        document = Document(name, source.uri, parsed.title, parsed.text, "en")
        texts[name] = parsed.text
        for chunk in chunker.chunk(document, parsed.headings, parsed.locators):
            text = with_context(context(parsed.title, chunk.headings, chunk.header), chunk.text)
            passages.append(_Passage(name, chunk.start, chunk.end, text))
    return texts, passages


def _sources(path: Path) -> Iterator[Source]:
    """The documents of a folder, of a file, or of compressed JSON lines."""
    if path.suffix != ".gz":
        yield from (source for source in discover([path]) if isinstance(source, Source))
        return
    with tempfile.TemporaryDirectory(prefix="winnow-train-") as scratch:
        plain = Path(scratch) / "documents.jsonl"
        plain.write_text(read_text(path), encoding="utf-8", newline="")
        yield from (source for source in discover([plain]) if isinstance(source, Source))


def _answer(row: Mapping[str, Any], text: str) -> tuple[int, int] | None:
    """Where the answer stands in the document: stated, or found by its words."""
    if "start" in row:
        return (int(row["start"]), int(row["end"])) if int(row["end"]) <= len(text) else None
    found = re.search(r"\W+".join(map(re.escape, _words(str(row["quote"])))), text, re.IGNORECASE)
    return found.span() if found else None


def _marked(
    text: str,
    answer: str,
    span: tuple[int, int],
    own: Sequence[int],
    passages: Sequence[_Passage],
    bags: Sequence[frozenset[str]],
) -> Query | None:
    """The first of the document's `own` passages that holds the answer as the only positive; None where none does."""
    found = next((n for n in own if passages[n].start <= span[0] and span[1] <= passages[n].end), None)
    if found is None:
        return None
    words = frozenset(_words(answer))
    alike = {number for number, bag in enumerate(bags) if len(words & bag) >= _SHARE * len(words)}
    return Query(text, (found,), excluded=frozenset({*own, *alike} - {found}))


def _judged(
    text: str, rows: Sequence[Any], passages: Sequence[_Passage], places: Mapping[str, list[int]]
) -> Query | None:
    """The judged list as a query. Passages that today's chunker cuts elsewhere are left out; None where no answer
    or no other passage is left.
    """
    grades: dict[int, float] = {}
    for document, start, end, grade in rows:
        own = places.get(document, [])
        number = max(own, key=lambda place: _overlap(passages[place], start, end), default=None)
        if number is not None and _overlap(passages[number], start, end) > _SAME:
            grades[number] = max(GAINS.get(int(grade), 0.0), grades.get(number, 0.0))
    good = tuple(number for number, grade in grades.items() if grade)
    rest = tuple(number for number, grade in grades.items() if not grade)
    if not good or not rest:
        return None
    return Query(text, good, rest, labels=tuple(grades[number] for number in (*good, *rest)))


def _overlap(passage: _Passage, start: int, end: int) -> float:
    """The overlap of a passage and a span, as a share of what both cover together."""
    both = min(passage.end, end) - max(passage.start, start)
    return max(both, 0) / (max(passage.end, end) - min(passage.start, start))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
