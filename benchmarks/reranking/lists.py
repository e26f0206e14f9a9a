"""Candidate lists: JSON lines of {query, positive, negative}, or of {query, positive, documents}, with lists of texts.

`documents` is in the order in which they were found, and may lack positives. It is the input of sentence-transformers'
`CrossEncoderRerankingEvaluator`
(https://sbert.net/docs/package_reference/cross_encoder/evaluation.html#crossencoderrerankingevaluator).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from engine.errors import SourceNotFound, UsageError
from indexer.evaluation.datasets.records import text_lines

_OTHERS = ("negative", "documents")
_SHAPE = 'Each line is {"query": "...", "positive": ["..."], "negative": ["..."]}, or has "documents" for "negative".'


@dataclass(frozen=True, slots=True)
class Given:
    """One query with its texts. `documents` is None where negatives were given, `negative` where documents were."""

    query: str
    positive: tuple[str, ...]
    negative: tuple[str, ...] | None
    documents: tuple[str, ...] | None

    def candidates(self, *, insert_positives: bool) -> tuple[list[str], list[bool]]:
        """The texts to be scored, and which of them are relevant.

        Without `insert_positives` a list of documents stays as it was found; negatives are never without positives.
        """
        known = set(self.positive)
        if self.documents is not None and not insert_positives:
            return list(self.documents), [text in known for text in self.documents]
        others = self.negative if self.documents is None else [text for text in self.documents if text not in known]
        texts = [*self.positive, *(others or ())]
        return texts, [True] * len(self.positive) + [False] * (len(texts) - len(self.positive))

    def found(self) -> list[bool]:
        """Relevance of the documents as they were found, the positives that were not found after them.

        Empty where none was found, or where no documents were given.
        """
        known = set(self.positive)
        relevant = [text in known for text in self.documents or ()]
        hits = sum(relevant)
        return relevant + [True] * (len(self.positive) - hits) if hits else []


def read_lists(path: Path) -> list[Given]:
    """The lists of a file, plain or .gz.

    Raises:
        SourceNotFound: There is no such file.
        ParseFailed: The file is damaged.
        UsageError: A line is none of them, or the file has none.
    """
    if not path.is_file():
        raise SourceNotFound(f"There is no file {path}.", "Give a file of JSON lines.")
    lists = [_given(line, f"{path}, line {number},") for number, line in text_lines(path)]
    if not lists:
        raise UsageError(f"{path} has no line.", _SHAPE)
    return lists


def _given(line: str, place: str) -> Given:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{place} is not JSON: {error}.", _SHAPE) from error
    if not isinstance(row, dict) or not isinstance(row.get("query"), str) or "positive" not in row:
        raise UsageError(f"{place} has no query or no positive.", _SHAPE)
    others = [name for name in _OTHERS if row.get(name) is not None]
    if len(others) != 1:
        raise UsageError(f"{place} has {' and '.join(others) or 'neither negative nor documents'}.", _SHAPE)
    texts = {name: _texts(row[name], f"{place} {name},") for name in ("positive", others[0])}
    return Given(row["query"], texts["positive"], texts.get("negative"), texts.get("documents"))


def _texts(value: object, place: str) -> tuple[str, ...]:
    """A list of texts, or the one that is given without a list."""
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not all(isinstance(text, str) for text in listed):
        raise UsageError(f"{place} is not a list of texts.", _SHAPE)
    return tuple(listed)
