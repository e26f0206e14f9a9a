"""Statistics of a whole generation for BM25: counts over its living chunks, whatever the segmentation."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from engine.lexical.segment import LexicalSegment


class LexicalStatistics(Protocol):
    """Totals over living chunks."""

    @property
    def chunk_count(self) -> int: ...

    @property
    def title_length(self) -> int:
        """Terms in all titles together, repetitions included."""
        ...

    @property
    def body_length(self) -> int:
        """Terms in all bodies together, repetitions included."""
        ...

    def document_frequency(self, term: str) -> int:
        """How many chunks hold the term, in title or body."""
        ...


class WholeStatistics(LexicalStatistics, Protocol):
    """Statistics that are at hand for every term there is."""

    def document_frequencies(self, terms: Set[str]) -> dict[str, int]:
        """The frequencies of those of many terms that any living chunk holds."""
        ...


@dataclass(frozen=True, slots=True)
class SegmentStatistics:
    """The statistics of segments in which every row is alive."""

    segments: tuple[LexicalSegment, ...]
    chunk_count: int
    title_length: int
    body_length: int

    def document_frequency(self, term: str) -> int:
        return sum(segment.document_frequency(term) for segment in self.segments)


def of_segments(segments: Sequence[LexicalSegment]) -> SegmentStatistics:
    """Statistics of segments in which every row is alive (tests, one document searched by itself)."""
    totals = [segment.all_totals for segment in segments]
    return SegmentStatistics(
        tuple(segments),
        sum(total.chunks for total in totals),
        sum(total.title_length for total in totals),
        sum(total.body_length for total in totals),
    )
