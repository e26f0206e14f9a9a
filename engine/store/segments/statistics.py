"""BM25 statistics of a generation: what its living chunks count, whatever the segmentation and whatever was deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.store.manifest import LivingTotals
from engine.store.segments.segment import Segment
from engine.store.segments.tombstones import Tombstones


@dataclass(frozen=True, slots=True)
class LivingStatistics:
    """Implements engine.lexical.statistics.LexicalStatistics. `tombstones[i]` belongs to `segments[i]`."""

    segments: Sequence[Segment]
    tombstones: Sequence[Tombstones | None]
    living: LivingTotals

    @property
    def chunk_count(self) -> int:
        return self.living.chunks

    @property
    def title_length(self) -> int:
        return self.living.title_length

    @property
    def body_length(self) -> int:
        return self.living.body_length

    def document_frequency(self, term: str) -> int:
        """Living chunks that hold the term: all that do, less the deleted ones."""
        return sum(
            segment.lexical.document_frequency(term) - _deleted_frequency(segment, deleted, term)
            for segment, deleted in zip(self.segments, self.tombstones, strict=True)
        )


def _deleted_frequency(segment: Segment, deleted: Tombstones | None, term: str) -> int:
    if deleted is None:
        return 0
    term_id = int(segment.lexical.term_ids([term])[0])
    return 0 if term_id < 0 else deleted.deleted_frequency(term_id)
