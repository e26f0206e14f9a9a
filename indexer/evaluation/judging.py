"""Judgements of people on a collection's hits, kept beside it as the queries and qrels that `winnow tune` reads.

Two files of JSON lines, `queries.jsonl` (`_id`, `text`) and `qrels.jsonl` (`query-id`, `corpus-id`, `score`): an id may
hold any character, which lines with tabs could not carry. Who judges waits for who does so at the same moment, reads
what is there, and writes all of it: nothing is lost, and a file is whole at every moment.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from engine.errors import ParseFailed, UsageError
from engine.store.files import disk_full_typed, make_directories, write_durably
from engine.store.layout import JUDGED_HITS_FILE, JUDGED_QUERIES_FILE, CollectionLayout
from engine.store.locks import wait_for
from indexer.evaluation.datasets.dataset import Qrels
from indexer.evaluation.datasets.judgements import read_qrels
from indexer.evaluation.datasets.records import field, read_records
from indexer.evaluation.tuning.judged import Judged, read_judged

RELEVANT, NOT_RELEVANT = 1, 0
HIGHEST = 3  # of the grades
LONGEST_QUERY = 8192  # code points


@dataclass(frozen=True, slots=True)
class JudgedHits:
    """Query id -> text, and query id -> document id -> grade."""

    queries: Mapping[str, str]
    qrels: Mapping[str, Mapping[str, int]]

    @property
    def count(self) -> int:
        return sum(map(len, self.qrels.values()))

    def of(self, query: str) -> Mapping[str, int]:
        """Document id -> grade, as far as anybody judged the query's hits."""
        return self.qrels.get(query_id(query), {})


@dataclass(frozen=True, slots=True)
class Judgement:
    """The grade of a document for a query; None for none any more."""

    query: str
    document: str
    grade: int | None


class Judgements:
    """The judgements of one collection, in its own directory: they go where it goes, and when it goes."""

    def __init__(self, layout: CollectionLayout) -> None:
        self.folder = layout.judgements

    @property
    def queries(self) -> Path:
        return self.folder / JUDGED_QUERIES_FILE

    @property
    def qrels(self) -> Path:
        return self.folder / JUDGED_HITS_FILE

    def judge(self, judged: Iterable[Judgement]) -> None:
        """Keep each grade in the place of the one before; None takes it back. Durable when it returns.

        Raises:
            UsageError: there is no query to judge for.
            ParseFailed: somebody has spoilt the files.
            StorageFailed, DiskFull: the disk refuses.
        """
        texts = [(_text(one.query), one) for one in judged]

        def change(queries: dict[str, str], qrels: dict[str, dict[str, int]]) -> None:
            for text, one in texts:
                queries[query_id(text)] = text
                grades = qrels.setdefault(query_id(text), {})
                grades.pop(one.document, None)
                if one.grade is not None:
                    grades[one.document] = one.grade

        self._change(change)

    def take_back(self, query: str, document: str | None = None) -> int:
        """Forget what was judged for a query, of one document or of all; returns how many judgements that were.

        Raises:
            StorageFailed, DiskFull: the disk refuses.
        """
        taken = 0

        def change(queries: dict[str, str], qrels: dict[str, dict[str, int]]) -> None:
            nonlocal taken
            grades = qrels.get(query_id(query), {})
            for one in [document] if document is not None else list(grades):
                taken += grades.pop(one, None) is not None

        self._change(change)
        return taken

    def read(self) -> JudgedHits:
        """All that was judged; nothing where nobody has. ParseFailed where somebody has spoilt the files."""
        try:
            self.qrels.stat()
        except FileNotFoundError:
            return JudgedHits({}, {})
        except OSError as error:
            raise ParseFailed(f"{self.qrels} cannot be read: {error.strerror}.", self._remedy) from error
        try:
            status = [path.stat() for path in (self.queries, self.qrels)]
            seen = tuple((one.st_mtime_ns, one.st_ino, one.st_size) for one in status)
            return _remembered(self.queries, self.qrels, seen)
        except OSError as error:
            raise ParseFailed(f"{self.queries} cannot be read: {error.strerror}.", self._remedy) from error
        except ParseFailed as error:
            raise ParseFailed(error.message, self._remedy) from error

    def for_tuning(self) -> Judged:
        """The same as `winnow tune` takes it. UsageError where nobody has judged, or too little."""
        if not self.read().count:
            raise UsageError(
                "Nobody has judged a hit of this collection.",
                "Judge some on the page of `winnow serve`, or give --queries with --qrels, --dataset or --pseudo N.",
            )
        return read_judged(self.queries, self.qrels)

    def _change(self, change: Callable[[dict[str, str], dict[str, dict[str, int]]], None]) -> None:
        """Have both files changed by whoever's turn it is."""
        with disk_full_typed(self.folder):
            make_directories(self.folder)
            with wait_for(self.folder / "lock"):
                found = self.read()
                queries = dict(found.queries)
                qrels = {query: dict(grades) for query, grades in found.qrels.items()}
                change(queries, qrels)
                self._write(queries, qrels)

    @property
    def _remedy(self) -> str:
        return f"Put it right, or move {self.folder} away: searches do without."

    def _write(self, queries: Mapping[str, str], qrels: Qrels) -> None:
        """The queries first, and all of them: one without judgements does no harm, the other way round would."""
        write_durably(self.queries, _lines({"_id": query, "text": text} for query, text in queries.items()))
        rows = ((query, document, grade) for query, grades in qrels.items() for document, grade in grades.items())
        records = ({"query-id": query, "corpus-id": document, "score": grade} for query, document, grade in rows)
        write_durably(self.qrels, _lines(records))


def query_id(query: str) -> str:
    """The same for the same words, whoever judges."""
    return hashlib.sha256(_plain(query).encode("utf-8", "replace")).hexdigest()[:16]


def _read(queries: Path, qrels: Path) -> JudgedHits:
    texts = {field(row, ("_id",), str(queries)): field(row, ("text",), str(queries)) for row in read_records([queries])}
    found = {query: MappingProxyType(grades) for query, grades in read_qrels([qrels]).items()}
    return JudgedHits(MappingProxyType(texts), MappingProxyType(found))


@lru_cache(maxsize=32)
def _remembered(queries: Path, qrels: Path, seen: object) -> JudgedHits:
    """The files as they were `seen`: every search looks at them."""
    return _read(queries, qrels)


def _plain(query: str) -> str:
    return " ".join(query.split())


def _text(query: str) -> str:
    text = _plain(query)
    if not text or len(text) > LONGEST_QUERY:
        raise UsageError("A judgement needs the query that it is of.", "Search, and judge the hits.")
    return text


def _lines(records: Iterable[Mapping[str, object]]) -> bytes:
    return "".join(json.dumps(record, ensure_ascii=True) + "\n" for record in records).encode()
