"""TREC run files, in and out: `query Q0 document rank score tag`, separated by white space.

Written, scores fall strictly even in 32 bits (which is how trec_eval reads them), so that every tool keeps the order.
Ids with white space are percent-encoded, and the tag says so: such a file gives them back as they were.
Read, trec_eval's rule holds: the rank column is ignored, scores descend, and ties go to the greater document id.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from urllib.parse import quote, unquote

import numpy as np

from engine.errors import ParseFailed, UsageError
from indexer.evaluation.datasets.records import text_lines

_ENCODED = ";percent-encoded"  # the end of a tag
_SPECIAL = re.compile(r"[\s%]")

ScoredRun = Mapping[str, Sequence[tuple[str, float]]]  # query id -> (document id, score), best first


def write_run(path: Path, run: ScoredRun, tag: str) -> None:
    """Write a TREC run. UsageError for an empty id, and for a tag with white space."""
    _check_tag(tag)
    encodes = any(map(_needs_encoding, chain(run, (key for scored in run.values() for key, _ in scored))))
    cell = _encoded if encodes else str
    tag += _ENCODED if encodes else ""
    with path.open("w", encoding="utf-8") as stream:
        for query, scored in run.items():
            scores = _strictly_falling([score for _, score in scored])
            for rank, ((document, _), score) in enumerate(zip(scored, scores, strict=True), start=1):
                stream.write(f"{cell(query)} Q0 {cell(document)} {rank} {score} {tag}\n")


def read_run(path: Path) -> dict[str, list[str]]:
    """Query id -> document ids, best first. ParseFailed names a line that is no TREC line or repeats a document."""
    scores: dict[str, dict[str, float]] = {}
    for number, line in text_lines(path):
        query, document, score = _parse(path, number, line)
        found = scores.setdefault(query, {})
        if document in found:
            raise ParseFailed(
                f"{path}, line {number}: {document!r} comes twice for query {query!r}.", "List each document once."
            )
        found[document] = score
    return {query: sorted(found, key=lambda key: (found[key], key), reverse=True) for query, found in scores.items()}


def _parse(path: Path, number: int, line: str) -> tuple[str, str, float]:
    cells = line.split()
    try:
        query, _, document, _, score, tag = cells
        if tag.endswith(_ENCODED):
            query, document = unquote(query), unquote(document)
        return query, document, float(score)
    except ValueError as error:
        raise ParseFailed(
            f"{path}, line {number}, is not a line of a TREC run: {line.strip()[:80]!r}.",
            "A line holds query, Q0, document, rank, score and tag.",
        ) from error


def _strictly_falling(scores: Sequence[float]) -> list[np.float32]:
    """The scores as float32, each lowered to just below the one before where it is not below it already."""
    falling: list[np.float32] = []
    for score in map(np.float32, scores):
        if falling and not score < falling[-1]:
            score = np.nextafter(falling[-1], np.float32(-np.inf))
        falling.append(score)
    return falling


def _needs_encoding(identifier: str) -> bool:
    """Whether an id holds white space. UsageError if it is empty."""
    if not identifier:
        raise UsageError("An empty id cannot stand in a TREC run.", "Use other ids.")
    return identifier.split() != [identifier]


def _encoded(identifier: str) -> str:
    return _SPECIAL.sub(lambda found: quote(found[0], safe=""), identifier)


def _check_tag(tag: str) -> None:
    if tag.split() != [tag] or tag.endswith(_ENCODED):
        raise UsageError(f"{tag!r} cannot be the tag of a TREC run.", "Use one word.")
