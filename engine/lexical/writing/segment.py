"""Writing the lexical half of a segment out of its texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.lexical.analysis import ANALYSER_VERSION
from engine.lexical.origins import Origins, new_origin
from engine.lexical.segment import FORWARD, TANTIVY, LexicalTotals
from engine.lexical.vocabulary import write_vocabulary
from engine.lexical.writing.forward_writer import ForwardWriter
from engine.lexical.writing.tantivy_writer import TantivyWriter
from engine.lexical.writing.tokens import BOUNDARY, Tokens

_BLOCK = 1024  # rows between which tokens may be forgotten
_TOKENS = 100_000  # remembered, some 40 MB: a text of a natural language has fewer that come again
_SPARE = 30_000  # remembered between writers, some 15 MB: a book has a third of them

_spare: list[Tokens] = []  # one at most, which nobody uses just now


@dataclass(frozen=True, slots=True)
class LexicalEntry:
    """One row to index. `title` is the document's title with the headings above and in the chunk, `body` its text with
    the header of the table that it begins inside of.
    """

    title: str
    body: str
    language: str


def write_lexical(directory: Path, entries: Iterable[LexicalEntry]) -> LexicalTotals:
    """Writes both indexes of the rows into `directory`, which it creates. The caller fsyncs files and folders."""
    for name in (FORWARD, TANTIVY):
        (directory / name).mkdir(parents=True)
    origin, tokens, words = new_origin(), _remembered(), Counter[str]()
    forward, tantivy = ForwardWriter(tokens), TantivyWriter(directory / TANTIVY, origin)
    rows, remaining, occurrences = 0, iter(entries), np.zeros(0, np.int64)
    while block := list(islice(remaining, _BLOCK)):
        _add(block, tokens, forward, tantivy)
        found = forward.settle()
        found[: len(occurrences)] += occurrences
        occurrences, rows = found, rows + len(block)
        if len(tokens) > _TOKENS:
            _count(words, tokens, occurrences)
            tokens.forget()
            occurrences = np.zeros(0, np.int64)
    _count(words, tokens, occurrences)
    title_length, body_length = forward.write(directory / FORWARD)
    tantivy.write()
    write_vocabulary(directory, words)
    Origins(ANALYSER_VERSION, (origin,), (rows,)).write(directory)
    _spare[:] = [tokens]
    return LexicalTotals(rows, title_length, body_length)


def spare_tokens() -> None:
    """Give back the memory of the tokens that are remembered for the next segment, unless it is little: the next
    document that somebody asks about has many of them again.
    """
    _spare[:] = [tokens for tokens in _spare if max(len(tokens), len(tokens.term_numbers)) <= _SPARE]


def _remembered() -> Tokens:
    """The tokens of the segment that this process wrote last: the next one has most of them. They are taken, and kept
    again once all went well.
    """
    try:
        tokens = _spare.pop()
    except IndexError:
        return Tokens()
    return Tokens() if len(tokens.term_numbers) > _TOKENS else tokens


def _add(entries: Iterable[LexicalEntry], tokens: Tokens, forward: ForwardWriter, tantivy: TantivyWriter) -> None:
    titled: tuple[str, str] | None = None
    for entry in entries:
        if titled != (entry.title, entry.language):  # passages of one document come one after the other
            titled, title = (entry.title, entry.language), tokens.read(entry.title, entry.language)
            terms_of_title, beside_title = tokens.terms_of(title), tokens.beside_of(title)
        body = tokens.read(entry.body, entry.language)
        forward.add(title, body)
        beside = beside_title + tokens.beside_of(body)
        tantivy.add(terms_of_title + beside_title, f"{terms_of_title} {BOUNDARY} {tokens.terms_of(body)}{beside}")


def _count(words: Counter[str], tokens: Tokens, occurrences: NDArray[np.int64]) -> None:
    for token in np.flatnonzero(occurrences).tolist():
        for word in tokens.words[token]:
            words[word] += int(occurrences[token])
