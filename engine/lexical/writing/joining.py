"""Joins the lexical indexes of several segments: their rows one after the other, and nothing is analysed again.

Terms are sorted in every segment, so their ids change by a table, and each row's stay in order. A tantivy index is a
list of immutable parts: those of all segments are copied, and tantivy merges what it thinks too many.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.lexical.analysis import ANALYSER_VERSION
from engine.lexical.forward_index import ForwardIndex
from engine.lexical.origins import Origins
from engine.lexical.segment import FORWARD, TANTIVY, LexicalSegment, LexicalTotals
from engine.lexical.vocabulary import read_vocabulary, write_vocabulary
from engine.lexical.writing.forward_files import ForwardFiles
from engine.lexical.writing.tantivy_writer import join_tantivy

_ROWS = 4096  # copied at a time


def joinable(segments: Sequence[LexicalSegment]) -> list[bool]:
    """Which of the segments `join_lexical` takes: those of the present analyser that share no row with one before.

    Raises StoreDamaged.
    """
    seen: set[int] = set()
    flags = []
    for segment in segments:
        origins = segment.origins
        flags.append(origins.analyser == ANALYSER_VERSION and seen.isdisjoint(origins.numbers))
        seen.update(origins.numbers)
    return flags


def join_lexical(directory: Path, segments: Sequence[LexicalSegment]) -> LexicalTotals:
    """Writes all rows of the segments, in order, into `directory`, which it creates. The caller fsyncs files and
    folders, and asked `joinable` before. Raises StoreDamaged.
    """
    for name in (FORWARD, TANTIVY):
        (directory / name).mkdir(parents=True)
    with ThreadPoolExecutor(1) as beside:  # tantivy needs Python for nothing
        joined = beside.submit(join_tantivy, directory / TANTIVY, [segment.directory / TANTIVY for segment in segments])
        _join_forward(directory / FORWARD, [segment.forward for segment in segments])
        words = Counter[str]()
        for segment in segments:
            words.update(read_vocabulary(segment.directory))
        write_vocabulary(directory, words)
        joined.result()
    origins = [segment.origins for segment in segments]
    numbers = tuple(chain.from_iterable(one.numbers for one in origins))
    Origins(ANALYSER_VERSION, numbers, tuple(chain.from_iterable(one.rows for one in origins))).write(directory)
    totals = [segment.all_totals for segment in segments]
    return LexicalTotals(
        sum(total.chunks for total in totals),
        sum(total.title_length for total in totals),
        sum(total.body_length for total in totals),
    )


def _join_forward(directory: Path, indexes: Sequence[ForwardIndex]) -> None:
    terms = sorted(set().union(*(index.terms() for index in indexes)))
    ids = {term: number for number, term in enumerate(terms)}
    with ForwardFiles(directory, terms) as files:
        for index in indexes:
            new_ids: NDArray[np.uint32] = np.fromiter(map(ids.__getitem__, index.terms()), np.uint32, index.term_count)
            for rows in index.blocks(_ROWS):
                files.add(rows._replace(term_ids=new_ids[rows.term_ids]))
