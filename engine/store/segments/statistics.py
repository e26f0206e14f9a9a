"""BM25 statistics of a generation: what its living chunks count, whatever the segmentation and whatever was deleted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass, field

from engine.store.manifest import LivingTotals
from engine.store.segments.segment import Segment
from engine.store.segments.tombstones import Tombstones

_MEMORY = 1 << 17  # terms whose frequency is remembered; a word with its compounds is a hundred


@dataclass(frozen=True, slots=True)
class LivingStatistics:
    """Implements engine.lexical.statistics.LexicalStatistics. `tombstones[i]` belongs to `segments[i]`."""

    segments: Sequence[Segment]
    tombstones: Sequence[Tombstones | None]
    living: LivingTotals
    _known: dict[str, int] = field(default_factory=dict, repr=False, compare=False)

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
        known = self._known.get(term)
        if known is None:
            if len(self._known) >= _MEMORY:
                self._known.clear()
            known = self._known[term] = sum(
                segment.lexical.document_frequency(term) - _deleted_frequency(segment, deleted, term)
                for segment, deleted in zip(self.segments, self.tombstones, strict=True)
            )
        return known

    def document_frequencies(self, terms: Set[str]) -> dict[str, int]:
        """The frequencies of those of many terms that any living chunk holds: reads the whole dictionaries."""
        found: Counter[str] = Counter()
        for segment, deleted in zip(self.segments, self.tombstones, strict=True):
            for term_id, (term, frequency) in enumerate(segment.lexical.forward.document_frequencies()):
                if term in terms:
                    found[term] += frequency - (deleted.deleted_frequency(term_id) if deleted else 0)
        living = {term: frequency for term, frequency in found.items() if frequency}
        if len(living) <= _MEMORY // 2:
            self._known.update(living)
        return living


def _deleted_frequency(segment: Segment, deleted: Tombstones | None, term: str) -> int:
    if deleted is None:
        return 0
    term_id = int(segment.lexical.term_ids([term])[0])
    return 0 if term_id < 0 else deleted.deleted_frequency(term_id)
