"""Cross-encoders whose publisher put the whole of them, head and all, into one graph."""

from __future__ import annotations

from collections.abc import Sequence

from engine.models.checkpoints.checkpoint import Checkpoint
from engine.models.checkpoints.tokenization import Tokenization
from engine.models.runtimes.batching import TokenBudget, pad, run_batches
from engine.models.runtimes.runtime import Runtime
from engine.types import Float32


class GraphClassifier:
    """Implements `engine.models.rerankers.cross_encoder.PairScorer`."""

    def __init__(self, checkpoint: Checkpoint, runtime: Runtime) -> None:
        self.tokenization = Tokenization(checkpoint, max_length=checkpoint.max_length)
        self._runtime = runtime
        self._pad_id = checkpoint.pad_id
        self._budget = TokenBudget(runtime.at_once)
        self._labels = self._width()

    @property
    def labels(self) -> int:
        return self._labels

    def run(self, pairs: Sequence[tuple[str, str]]) -> Float32:
        encodings = self.tokenization.encode(pairs)
        return run_batches(encodings, self._runtime.run, width=self._labels, pad_id=self._pad_id, budget=self._budget)

    def _width(self) -> int:
        """How many scores a pair gets: what the graph gives says it, and a configuration may not."""
        encoding = self.tokenization.encode([("a", "a")])[0]
        parts = (encoding.ids, encoding.attention_mask, encoding.type_ids)
        ids, mask, types = (pad([part], 0) for part in parts)
        return int(self._runtime.run(ids, mask, types).shape[-1])
