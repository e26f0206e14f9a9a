"""An encoder at an address. It is known by its vectors of a few fixed sentences, since its files are elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from engine.errors import ModelAnswerInvalid, ModelMismatch
from engine.fingerprint import QueryFingerprint, digest_json, written_probes
from engine.models.remote.address import Address
from engine.models.remote.answers import embedding_question, read_embeddings
from engine.models.remote.tokens import EstimatedTokens
from engine.models.remote.transport import Transport
from engine.protocols import Prompts, Role
from engine.types import Float32

# Never to be changed: every fingerprint of a model at an address was made with them.
_PROBES = (
    "The harbour was closed for three days because of the storm.",
    "How do I renew my library card?",
    "def add(a, b): return a + b",
)
_SPECIAL_TOKENS = 2
_BATCH = 32  # texts in one request: what text-embeddings-inference takes
_TRUSTED = 300.0  # seconds after which the model is asked again whether it is still the same


class HttpEncoder:
    """Implements `engine.protocols.Encoder`. Safe under threads."""

    def __init__(self, address: Address) -> None:
        """Asks for the probe vectors. ModelUnavailable, ModelNotFound, ModelAnswerInvalid."""
        self._address = address
        self._transport = Transport(address)
        self._tokens = EstimatedTokens()
        self._lock = threading.Lock()
        prompts = max(self._tokens.count(list(address.prompts.values())))
        self._max_tokens = address.max_tokens - _SPECIAL_TOKENS - prompts
        if self._max_tokens < 16:
            raise ModelMismatch(f"The prompts of {address.shown} leave no room for texts.", "Raise ?max_tokens=.")
        self._fingerprint = self._probe()
        self._checked = time.monotonic()

    @property
    def dimension(self) -> int:
        return self._fingerprint.dimension

    @property
    def max_tokens(self) -> int:
        return self._max_tokens

    @property
    def languages(self) -> frozenset[str] | None:
        """All of them (None), since nobody says which."""
        return None

    @property
    def fingerprint(self) -> QueryFingerprint:
        return self._fingerprint

    @property
    def tokens(self) -> EstimatedTokens:
        return self._tokens

    def with_prompts(self, prompts: Prompts) -> HttpEncoder:
        """The same model with other prompts, by role; it is asked for its probe vectors once more."""
        return HttpEncoder(replace(self._address, prompts=dict(prompts)))

    def encode(self, texts: Sequence[str], *, role: Role = "document") -> Float32:
        """Embeddings of unit length, shape (n, dimension), in the order of `texts`; a text beyond `max_tokens` is cut.

        ModelUnavailable, ModelAnswerInvalid; ModelMismatch if the model at the address has changed.
        """
        self._check()
        prompt = self._address.prompts[role]
        cut = [prompt + self._tokens.cut(text, self._max_tokens) for text in texts]
        batches = [self._embed(cut[start : start + _BATCH]) for start in range(0, len(cut), _BATCH)]
        for batch in batches:
            if batch.shape[1] != self.dimension:
                raise ModelAnswerInvalid(
                    f"{self._address.shown} gave {batch.shape[1]} dimensions, and {self.dimension} before.",
                    "Serve the former model again, or replace the vectors with `winnow reembed`.",
                )
        return np.concatenate(batches) if batches else np.empty((0, self.dimension), np.float32)

    def _embed(self, texts: Sequence[str]) -> Float32:
        answer = self._transport.ask(embedding_question(self._address, texts))
        return read_embeddings(self._address, answer, len(texts))

    def _probe(self) -> QueryFingerprint:
        vectors = self._embed(_PROBES)
        return QueryFingerprint(
            weights=digest_json(["served", self._address.model]),  # not where: a server may move
            tokenizer="estimated",
            pooling="served",
            prompts=dict(self._address.prompts),
            dimension=vectors.shape[1],
            max_tokens=self._max_tokens,
            probes=written_probes(vectors),
        )

    def _check(self) -> None:
        """A server may be given another model while this process runs."""
        with self._lock:
            if time.monotonic() - self._checked < _TRUSTED:
                return
            if self._fingerprint.differences(self._probe()):
                raise ModelMismatch(
                    f"The model at {self._address.shown} has changed.",
                    "Serve the former one again, or replace the vectors with `winnow reembed`.",
                )
            self._checked = time.monotonic()
