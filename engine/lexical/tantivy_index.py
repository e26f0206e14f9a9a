"""The tantivy index of a segment: finds candidate rows; their final score is the forward index's business.

Terms come from our analyser, joined by spaces, through tantivy's whitespace tokenizer. The field `text` holds title
and body with a boundary between them, so that one field finds and scores both while no phrase straddles them; what is
found beside the words (compounds.py) follows behind boundaries of its own.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import numpy as np
import tantivy
from numpy.typing import NDArray

from engine.damage import damage_typed
from engine.types import RowMask, Rows

Field = Literal["title", "text"]
Groups = Sequence[Sequence[str]]

_BOUNDARY = "\u241e"  # not a letter: no term of the analyser is or holds it
_REMOVALS = 100
_REMEDY = "Run `winnow repair` with the collection's name: it rebuilds the index."
_HEAP = 64_000_000  # bytes; a segment of a usual commit fits, so it becomes one tantivy segment


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("title", tokenizer_name="whitespace", index_option="position")
    builder.add_text_field("text", tokenizer_name="whitespace", index_option="position")
    builder.add_unsigned_field("row", fast=True)
    return builder.build()


class TantivyWriter:
    """Writes one index in one commit, single-threaded. `directory` exists and is empty.

    A background reader of tantivy's may take a lock file in the folder at any time, on a busy machine even after the
    commit. So the index is written beside `directory` and moved there: the reader does not find it any more.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._working = directory.with_name(directory.name + ".writing")
        self._working.mkdir()
        self._writer = tantivy.Index(_schema(), str(self._working), reuse=False).writer(_HEAP, 1)
        self._rows = 0

    def add(
        self, title: Sequence[str], body: Sequence[str], beside_title: Groups = (), beside_body: Groups = ()
    ) -> None:
        """One more row: the terms of its title and of its body, and what they can be found by beside these: groups of
        terms that stand side by side.
        """
        of_title = [term for group in beside_title for term in (_BOUNDARY, *group)]
        of_body = [term for group in beside_body for term in (_BOUNDARY, *group)]
        document = tantivy.Document()
        document.add_unsigned("row", self._rows)
        document.add_text("title", " ".join((*title, *of_title)))
        document.add_text("text", " ".join((*title, _BOUNDARY, *body, *of_title, *of_body)))
        try:
            self._writer.add_document(document)
        except ValueError:
            self._writer.commit()  # what is raised says only that the writing thread died; the commit says why
            raise
        self._rows += 1

    def write(self) -> None:
        """Commits, waits for merges, and leaves only files that never change again."""
        self._writer.commit()
        self._writer.wait_merging_threads()
        self._working.rename(self._directory)
        for lock in self._directory.glob("*.lock"):
            lock.unlink()


class TantivyIndex:
    """Read-only, safe under threads.

    tantivy writes a lock file into the directory that it opens, while a segment never changes and may lie on a
    read-only disk. So it is opened through links, in a folder under `cache` (default: the system's temporary folder)
    that is gone once the files are mapped.
    """

    def __init__(self, directory: Path, cache: Path | None = None) -> None:
        if cache is not None:
            cache.mkdir(parents=True, exist_ok=True)
        damage = damage_typed(f"The BM25 index in {directory} cannot be opened", _REMEDY)
        with _vanishing_directory(cache) as links, damage:
            for file in directory.resolve(strict=True).iterdir():
                (Path(links) / file.name).symlink_to(file)
            index = tantivy.Index.open(links)
            index.config_reader("manual")  # no thread that watches for commits: there are none
            self._searcher = index.searcher()
        self._directory = directory
        self._schema = index.schema

    def candidates(self, weights: Mapping[str, float], limit: int, offset: int = 0) -> tuple[Rows, NDArray[np.float64]]:
        """Rows [offset, offset + limit) of the ranking by tantivy's BM25, best first, with their scores.

        A row matches if it holds any of the terms; `weights` multiply each term's score. Fewer rows than `limit`
        are the last.
        """
        query = _any_of([tantivy.Query.boost_query(self._term("text", t), w) for t, w in weights.items()])
        return self._search(query, limit, offset)

    def matching(self, sequences: Iterable[Sequence[str]], field: Field = "text") -> RowMask:
        """One flag per row: does the field hold any of the sequences, its terms side by side in that order?"""
        mask = np.zeros(self._searcher.num_docs, np.bool_)
        mask[self.rows_matching(sequences, field)] = True
        return mask

    def rows_matching(self, sequences: Iterable[Sequence[str]], field: Field = "text") -> Rows:
        """The rows that `matching` flags, ascending: few are found without a look at all others."""
        query = _any_of([self._sequence(field, sequence) for sequence in sequences if sequence])
        found, _ = self._search(tantivy.Query.const_score_query(query, 1.0), max(self._searcher.num_docs, 1), 0)
        return np.sort(found)

    def _search(self, query: tantivy.Query, limit: int, offset: int) -> tuple[Rows, NDArray[np.float64]]:
        with damage_typed(f"The BM25 index in {self._directory} cannot be searched", _REMEDY):
            hits = self._searcher.search(query, limit=limit, offset=offset, count=False).hits
            rows = self._searcher.fast_field_values("row", [address for _, address in hits])
        return np.array(rows, np.int64), np.array([score for score, _ in hits], np.float64)

    def _term(self, field: Field, term: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, field, term, index_option="freq")

    def _sequence(self, field: Field, terms: Sequence[str]) -> tantivy.Query:
        if len(terms) == 1:  # tantivy panics on a phrase of one term
            return self._term(field, terms[0])
        return tantivy.Query.phrase_query(self._schema, field, list(terms))


@contextmanager
def _vanishing_directory(parent: Path | None) -> Iterator[str]:
    """A temporary directory that is removed even if tantivy's background reader puts its lock file back meanwhile."""
    path = tempfile.mkdtemp(prefix="winnow-tantivy-", dir=parent)
    try:
        yield path
    finally:
        for _ in range(_REMOVALS):
            shutil.rmtree(path, ignore_errors=True)
            if not Path(path).exists():
                break


def _any_of(queries: Sequence[tantivy.Query]) -> tantivy.Query:
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in queries])
