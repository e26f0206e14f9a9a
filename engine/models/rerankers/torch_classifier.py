"""Cross-encoders whose head only transformers knows: AutoModelForSequenceClassification, run whole by torch."""

from __future__ import annotations

from collections.abc import Sequence

import transformers

from engine.models.checkpoints.checkpoint import Checkpoint
from engine.models.checkpoints.tokenization import Tokenization
from engine.models.runtimes.batching import TokenBudget, run_batches
from engine.models.runtimes.execution import Execution
from engine.models.runtimes.runtime import Ids
from engine.models.runtimes.torch import Inputs, inference, load_model, tokens_at_once
from engine.types import Float32


class TorchClassifier:
    """Implements `engine.models.rerankers.cross_encoder.PairScorer`."""

    def __init__(self, checkpoint: Checkpoint, how: Execution) -> None:
        self._model = load_model(transformers.AutoModelForSequenceClassification, checkpoint, how, needs_all=True)
        self._how = how
        self._inputs = Inputs(self._model)
        self._pad_id = checkpoint.pad_id
        self._budget = TokenBudget(tokens_at_once(checkpoint))
        self.tokenization = Tokenization(checkpoint, max_length=checkpoint.max_length)

    @property
    def labels(self) -> int:
        return int(self._model.config.num_labels)

    def run(self, pairs: Sequence[tuple[str, str]]) -> Float32:
        encodings = self.tokenization.encode(pairs)
        return run_batches(encodings, self._logits, width=self.labels, pad_id=self._pad_id, budget=self._budget)

    def _logits(self, input_ids: Ids, attention_mask: Ids, token_type_ids: Ids) -> Float32:
        with inference(self._how):
            output = self._model(**self._inputs(input_ids, attention_mask, token_type_ids))
        logits: Float32 = output.logits.float().cpu().numpy()
        return logits
