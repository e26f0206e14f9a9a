"""The part that bi-encoders and cross-encoders share: texts or pairs in, one pooled vector each out."""

from __future__ import annotations

from collections.abc import Sequence

from engine.errors import UnsupportedModel
from engine.models.checkpoints.checkpoint import Checkpoint, Module
from engine.models.checkpoints.families import family_of
from engine.models.checkpoints.words import WordTokenization
from engine.models.encoders.pooling import Pooling, read_pooling
from engine.models.runtimes.batching import TokenBudget, run_batches
from engine.models.runtimes.runtime import Ids, Runtime
from engine.types import Float32


class PooledTransformer:
    """Tokenizer, transformer and pooling."""

    def __init__(self, checkpoint: Checkpoint, runtime: Runtime, pooling: Pooling) -> None:
        self.tokenization = WordTokenization(checkpoint, max_length=checkpoint.max_length)
        self._runtime = runtime
        self._pooling = pooling
        self._budget = TokenBudget(runtime.at_once)
        self._pad_id = checkpoint.pad_id
        self.width = checkpoint.hidden_size * len(pooling.modes)

    @property
    def runtime_name(self) -> str:
        """The run-time and its precision."""
        return self._runtime.name

    def run(self, inputs: Sequence[str] | Sequence[tuple[str, str]], *, prompt: str = "") -> Float32:
        """Pooled vectors in the order given, shape (n, width). `prompt` is what every text starts with."""
        prompt_tokens = self._prompt_tokens(prompt)

        def pool(ids: Ids, mask: Ids, types: Ids) -> Float32:
            return self._pooling(self._runtime.run(ids, mask, types), mask, prompt_tokens)

        encodings = self.tokenization.encode(inputs)
        return run_batches(encodings, pool, width=self.width, pad_id=self._pad_id, budget=self._budget)

    def _prompt_tokens(self, prompt: str) -> int:
        """Length of the prompt with the special token before it, without the one after it."""
        if not prompt or self._pooling.include_prompt:
            return 0
        encoding = self.tokenization.encode([prompt])[0]
        return len(encoding) - int(encoding.special_tokens_mask[-1])


def split_pooling(checkpoint: Checkpoint) -> tuple[Pooling, tuple[Module, ...]]:
    """The pooling and the modules after it; a plain transformer is pooled by its mean, as the reference does."""
    rest = checkpoint.modules[1:]
    if not rest:
        return Pooling(), ()
    if rest[0].type != "Pooling":
        raise UnsupportedModel(
            f"{checkpoint.root} has a {rest[0].type} module right after the transformer.",
            "Only models that pool first are supported.",
        )
    family = family_of(checkpoint.root)
    return read_pooling(rest[0].config, include_prompt=family is None or family.pools_prompt), rest[1:]
