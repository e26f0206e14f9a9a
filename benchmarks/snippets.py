"""How many snippets of right first hits hold the answer, where questions come with the words that answer them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from engine.collection import Collection
from engine.errors import UsageError
from engine.lexical.function_words import function_words
from engine.query.request import Request
from engine.types import Hit

SHARES = (0.6, 0.8)  # of the quote's distinct content words
_WORD = re.compile(r"\w+")

Holds = Callable[[str, str], bool]  # whether a text holds a quote


@dataclass(frozen=True, slots=True)
class Question:
    """`quote` are the words of `document` that answer `text`."""

    text: str
    document: str
    quote: str


@dataclass(frozen=True, slots=True)
class Shown:
    """Counts of right first hits: `passages` hold the answer, and so do the snippets of `snippets` of these."""

    passages: int
    snippets: int

    @property
    def share(self) -> float:
        return self.snippets / self.passages if self.passages else 0.0


@dataclass(frozen=True, slots=True)
class Tally:
    """`right`: first hits of the right document; `shown` by what it means to hold an answer (`measures`). `length` is a
    snippet's mean length in code points.
    """

    questions: int
    right: int
    shown: Mapping[str, Shown]
    length: float


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
    lengths = [len(_shown(hit)) for _, hit in right]
    shown = {name: _tally(right, holds) for name, holds in measures().items()}
    return Tally(len(questions), len(right), shown, sum(lengths) / len(lengths) if lengths else 0.0)


def measures() -> dict[str, Holds]:
    """Meanings, by name, of "a text holds a quote": a share of its distinct words that are no function words, or
    all of it as it stands, whatever the white space and the marks of emphasis.
    """
    by_words: dict[str, Holds] = {f"{share:.0%} of its words": partial(holds_words, share=share) for share in SHARES}
    return by_words | {"the whole quote": holds_whole}


def holds_words(text: str, quote: str, share: float) -> bool:
    words = _words(quote)
    wanted = words - function_words(sorted(words), ["en"]) or words
    return len(wanted & _words(text)) >= share * len(wanted)


def holds_whole(text: str, quote: str) -> bool:
    return " ".join(_WORD.findall(quote.lower())) in " ".join(_WORD.findall(text.lower()))


def _tally(right: Sequence[tuple[Question, Hit]], holds: Holds) -> Shown:
    answers = [(question, hit) for question, hit in right if holds(hit.chunk.text, question.quote)]
    return Shown(len(answers), sum(holds(_shown(hit), question.quote) for question, hit in answers))


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
