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
from engine.lexical.origins import Origins
from engine.types import RowMask, Rows

Field = Literal["title", "text"]

_REMOVALS = 100
_REMEDY = "Run `winnow repair` with the collection's name: it rebuilds the index."


class TantivyIndex:
    """Read-only, safe under threads.

    tantivy writes a lock file into the directory that it opens, while a segment never changes and may lie on a
    read-only disk. So it is opened through links, in a folder under `cache` (default: the system's temporary folder)
    that is gone once the files are mapped.
    """

    def __init__(self, directory: Path, origins: Origins, cache: Path | None = None) -> None:
        """`origins` say which rows its documents are."""
        if cache is not None:
            cache.mkdir(parents=True, exist_ok=True)
        damage = damage_typed(f"The BM25 index in {directory} cannot be opened", _REMEDY)
        with _vanishing_directory(cache) as links, damage:
            for file in directory.resolve(strict=True).iterdir():
                (Path(links) / file.name).symlink_to(file)
            index = tantivy.Index.open(links)
            index.config_reader("manual")  # no thread that watches for commits: there are none
            self._searcher = index.searcher()
        self._directory, self._origins = directory, origins
        self._schema = index.schema

    @property
    def documents(self) -> int:
        """How many rows it has."""
        return int(self._searcher.num_docs)

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
            keys = self._searcher.fast_field_values("row", [address for _, address in hits])
        return self._origins.rows_of(np.array(keys, np.uint64)), np.array([score for score, _ in hits], np.float64)

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
