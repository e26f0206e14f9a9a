"""Memory of a reranker: scores that it gave, lengths that it counted, how fast it is."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from weakref import WeakKeyDictionary

from engine.lru import Lru
from engine.protocols import Reranker
from engine.rerank.pace import Pace

_SCORES = 50_000  # pairs; some 20 MB
_LENGTHS = 100_000  # passages
_GUESS = 5e-4  # seconds per token: three times what the bundled reranker needs on two cores


@dataclass(frozen=True, slots=True)
class RerankScore:
    """A passage's score. `evidence` is the span of its own text (after its context) that was scored best, None where
    it was read in one piece; `cut` says that the model did not read all that it was given.
    """

    score: float
    evidence: tuple[int, int] | None = None
    cut: bool = False


class Memory:
    """Memory of one reranker. `scores` go by query and content hash, `lengths` (tokens of a passage) by content
    hash.
    """

    def __init__(self) -> None:
        self.scores: Lru[tuple[str, str], RerankScore] = Lru(_SCORES)
        self.lengths: Lru[str, int] = Lru(_LENGTHS)
        self.pace = Pace(_GUESS)  # of a token


class Lookups:
    """How many scores were asked of all memories of this process, and how many were known. Thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._asked = self._known = 0

    def add(self, asked: int, known: int) -> None:
        with self._lock:
            self._asked += asked
            self._known += known

    def totals(self) -> tuple[int, int]:
        """(asked, known) since the process began."""
        with self._lock:
            return self._asked, self._known


lookups = Lookups()
_memories: WeakKeyDictionary[Reranker, Memory] = WeakKeyDictionary()
_lock = Lock()


def memory_of(reranker: Reranker) -> Memory:
    """The same one for as long as the model is loaded, whichever generations it serves."""
    with _lock:
        return _memories.setdefault(reranker, Memory())
