"""How near sentences come to the question in meaning, by the bundled table of token vectors: microseconds a sentence.

The collection's own encoder would take longer for the sentences of one page than the whole search before reranking.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.models import load_encoder
from engine.models.checkpoints.presets import STATIC
from engine.protocols import Encoder
from engine.types import Float32

_UNKNOWN = "und"


@dataclass(frozen=True, slots=True)
class Meaning:
    """A question, ready to be compared."""

    table: Encoder
    vector: Float32  # shape (d,)

    def knows(self, language: str) -> bool:
        """Whether texts in `language` (ISO 639-1, or "und") can be compared."""
        return self.table.languages is None or language in self.table.languages or language == _UNKNOWN

    def likeness(self, texts: Sequence[str]) -> list[float]:
        """The cosine of each text with the question."""
        cosines: list[float] = (self.table.encode(texts) @ self.vector).tolist()
        return cosines


def meaning_of(question: str) -> Meaning:
    """The question as the bundled table sees it; the table is loaded once per process."""
    table = load_encoder(STATIC)
    return Meaning(table, table.encode([question], role="query")[0])
