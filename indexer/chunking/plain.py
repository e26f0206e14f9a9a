"""Units of a text that is taken as it comes: its sentences, its paragraphs, or so many tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.text.sentences import sentence_spans
from indexer.chunking.tokenmap import TokenMap
from indexer.chunking.units import Unit

_BLANK = re.compile(r"\n[^\S\n]*+\n\s*+")
_TITLE = 80  # code points of a paragraph that may be the title of the next one
_SENTENCE_END = tuple(".!?…。！？")
_STEP = 8  # tokens of a unit, more or less, where only tokens count


class Sentences:
    def __init__(self, text: str, tokens: TokenMap) -> None:
        self._text = text

    def runs(self, start: int, end: int) -> Iterator[list[Unit]]:
        """The sentences of `text[start:end]`."""
        yield [Unit(low, high) for low, high in sentence_spans(self._text, start, end)]


class Paragraphs:
    def __init__(self, text: str, tokens: TokenMap) -> None:
        self._text = text

    def runs(self, start: int, end: int) -> Iterator[list[Unit]]:
        """The sentences of each paragraph of `text[start:end]` for themselves; a title goes with what follows it."""
        run: list[Unit] = []
        for low, high in self._paragraphs(start, end):
            run += [Unit(*span) for span in sentence_spans(self._text, low, high)]
            paragraph = self._text[low:high].strip()
            if run and (len(paragraph) > _TITLE or "\n" in paragraph or paragraph.endswith(_SENTENCE_END)):
                yield run
                run = []
        if run:
            yield run

    def _paragraphs(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        for match in _BLANK.finditer(self._text, start, end):
            yield start, match.start()
            start = match.end()
        yield start, end


class Tokens:
    def __init__(self, text: str, tokens: TokenMap) -> None:
        self._tokens = tokens

    def runs(self, start: int, end: int) -> Iterator[list[Unit]]:
        """Words of `text[start:end]`, a few at a time."""
        yield [Unit(low, high) for low, high in self._tokens.cut((start, end), _STEP) if low < high]
