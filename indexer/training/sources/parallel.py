"""Parallel sentences: a text, and the same in other languages.

Either JSON lines {texts: [text, translation, ...]}, or lines of cells between tabs, as sentence-transformers publishes
them (https://sbert.net/examples/sentence_transformer/training/multilingual/README.html). The first text of a line is
the one that the teacher knows; empty ones are left out.
"""

from __future__ import annotations

from collections.abc import Iterator

from indexer.training.corpus import Corpus
from indexer.training.recipe import Data
from indexer.training.sources.files import read_lines, read_text


def read(data: Data) -> Corpus:
    """Lines without a translation are left out."""
    rows = _cells(data) if ".tsv" in data.path.suffixes else _lists(data)
    groups = [(row[0], *(text for text in row[1:] if text)) for row in rows if row and row[0]]
    found = [group for group in groups if len(group) > 1]
    if not found:
        raise ValueError("no line has a text and a translation")
    return Corpus(data.label, (), groups=found)


def _cells(data: Data) -> Iterator[list[str]]:
    for line in read_text(data.path).split("\n"):
        yield [cell.strip() for cell in line.rstrip("\r").split("\t")]


def _lists(data: Data) -> Iterator[list[str]]:
    for row in read_lines(data.path):
        texts = row["texts"]
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise TypeError("`texts` must be a list of texts")
        yield [text.strip() for text in texts]
