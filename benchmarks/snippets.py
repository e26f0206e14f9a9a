"""How many snippets of right first hits hold the answer, where questions come with the words that answer them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.collection import Collection
from engine.errors import UsageError
from engine.lexical.function_words import function_words
from engine.query.request import Request
from engine.types import Hit

SHARE = 0.6  # of the quote's distinct content words
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Question:
    """`quote` are the words of `document` that answer `text`."""

    text: str
    document: str
    quote: str


@dataclass(frozen=True, slots=True)
class Tally:
    """`right`: first hits of the right document; `passages`: of these, whose passage holds the answer; `snippets`: of
    these again, whose snippet does. `length` is a snippet's mean length in code points.
    """

    questions: int
    right: int
    passages: int
    snippets: int
    length: float

    @property
    def share(self) -> float:
        """Share of the right first hits (the passage holds the answer) whose snippet shows the answer."""
        return self.snippets / self.passages if self.passages else 0.0


def read_questions(file: Path) -> list[Question]:
    """JSON lines with `q`, `doc` and `quote`. UsageError for a line without them."""
    return list(_questions(file))


def measure(collection: Collection, questions: list[Question], rerank: bool) -> Tally:
    """Ask every question and look at its first hit."""
    depth = None if rerank else 0
    firsts = [
        (question, hit)
        for question in questions
        for hit in collection.searcher.search(Request(question.text, 1, rerank_depth=depth)).hits
    ]
    right = [(question, hit) for question, hit in firsts if hit.document.id == question.document]
    answers = [(question, hit) for question, hit in right if holds(hit.chunk.text, question.quote)]
    shown = [hit for question, hit in answers if holds(_shown(hit), question.quote)]
    lengths = [len(_shown(hit)) for _, hit in right]
    return Tally(len(questions), len(right), len(answers), len(shown), sum(lengths) / len(lengths) if lengths else 0.0)


def holds(text: str, quote: str) -> bool:
    """Whether `text` has at least SHARE of the quote's distinct words that are no function words."""
    words = _words(quote)
    wanted = words - function_words(sorted(words), ["en"]) or words
    return len(wanted & _words(text)) >= SHARE * len(wanted)


def _shown(hit: Hit) -> str:
    return f"{hit.snippet.header}\n{hit.snippet.text}".strip()


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower()))


def _questions(file: Path) -> Iterator[Question]:
    for number, line in enumerate(file.read_text(encoding="utf-8").split("\n"), start=1):
        if line.strip():
            yield _question(line, f"{file}, line {number}")


def _question(line: str, where: str) -> Question:
    try:
        fields: Mapping[str, Any] = json.loads(line)
        return Question(str(fields["q"]), str(fields["doc"]), str(fields["quote"]))
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{where} is not a question: {error}.", 'Each is {"q": ..., "doc": ..., "quote": ...}.'
        ) from error
