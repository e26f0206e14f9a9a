"""Judgements: BEIR's three tab-separated columns, TREC's four, or records with named fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from engine.errors import ParseFailed
from indexer.evaluation.datasets.dataset import Qrels
from indexer.evaluation.datasets.records import field, read_records, text_lines

_QUERY = ("query-id", "query_id", "qid")
_DOCUMENT = ("corpus-id", "corpus_id", "doc_id", "docid")
_GRADE = ("score", "relevance", "label")

Judgement = tuple[str, str, int]  # query id, document id, grade


def read_qrels(files: Sequence[Path]) -> Qrels:
    """All judgements of the files; a pair judged twice keeps its last grade. ParseFailed names a bad line."""
    qrels: Qrels = {}
    for file in files:
        rows = _from_lines(file) if ".tsv" in file.suffixes else _from_records(file)
        for query, document, grade in rows:
            qrels.setdefault(query, {})[document] = grade
    return qrels


def _from_lines(file: Path) -> Iterator[Judgement]:
    """`query document grade` or TREC's `query iteration document grade`; the first line may be a header."""
    for number, line in text_lines(file):
        cells = line.rstrip("\r\n").split("\t")
        grade = cells[-1].strip().removesuffix(".0")
        if len(cells) in (3, 4) and grade.lstrip("-").isdigit():
            yield cells[0], cells[-2], int(grade)
        elif number > 1:
            raise ParseFailed(
                f"{file}, line {number}, is not a judgement: {line.strip()[:80]!r}.",
                "A line holds query id, document id and a whole grade, with tabs between them.",
            )


def _from_records(file: Path) -> Iterator[Judgement]:
    """A record without a grade judges its document relevant, as in NanoBEIR."""
    for record in read_records([file]):
        graded = any(record.get(name) is not None for name in _GRADE)
        grade = _whole(field(record, _GRADE, str(file)), file) if graded else 1
        yield field(record, _QUERY, str(file)), field(record, _DOCUMENT, str(file)), grade


def _whole(grade: str, file: Path) -> int:
    try:
        return int(float(grade))
    except (ValueError, OverflowError) as error:  # also one that is not finite
        raise ParseFailed(f"{file} has the grade {grade[:80]!r}.", "A grade is a whole number.") from error
