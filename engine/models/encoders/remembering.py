"""An encoder that embeds no passage twice on this machine: what it has made is kept on disk, by the passage's text.

A document that changes in one place, comes back after it was deleted, or is put into another collection costs the
embedding of its new passages alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.fingerprint import digest_json
from engine.models.encoders.standing_for import StandingFor
from engine.models.encoders.static import StaticEncoder
from engine.models.vector_store import VectorStore
from engine.protocols import Encoder, Prompts, Role, runtimes_behind
from engine.settings import settings
from engine.types import Float32

_MB = 1_000_000
_NAMES = 64  # bytes before a vector for what computed it: "openvino bfloat16", with commas where it was one of several


def remembering(encoder: Encoder) -> Encoder:
    """The encoder with the memory that the settings give it; itself where they give none, where it is a table of
    vectors, which is as fast, and where it is at an address, behind which another model may stand tomorrow.
    """
    if not settings().embeddings_disk_mb or isinstance(encoder, StaticEncoder) or encoder.fingerprint.probes:
        return encoder
    return RememberingEncoder(encoder)


class RememberingEncoder(StandingFor):
    """Implements `engine.protocols.Encoder` and `TellsRuntimes`: documents are looked for before they are embedded."""

    def __init__(self, own: Encoder) -> None:
        super().__init__(own)
        chosen, model = settings(), digest_json(own.fingerprint.to_json())
        file, capacity = chosen.cache / "embeddings.sqlite", chosen.embeddings_disk_mb * _MB
        self._store = VectorStore(file, model, np.uint8, capacity, "passages that come again are embedded again")
        self._remembered = frozenset[str]()  # what computed the vectors that were found

    @property
    def runtimes(self) -> frozenset[str]:
        return self._remembered | super().runtimes

    def with_prompts(self, prompts: Prompts) -> RememberingEncoder:
        """The same model with other prompts, by role, and their own memory; nothing is loaded again."""
        return RememberingEncoder(self._own.with_prompts(prompts))

    def encode(self, texts: Sequence[str], *, role: Role = "document") -> Float32:
        """Embeddings, shape (n, dimension), in the order of `texts`; a text beyond `max_tokens` is cut at its end."""
        if role != "document" or not self._store.open:
            return self._own.encode(texts, role=role)
        found = self._store.get(dict.fromkeys(texts))
        missing = [text for text in dict.fromkeys(texts) if text not in found]
        if missing:
            made = self._own.encode(missing, role=role)
            by = ", ".join(sorted(runtimes_behind(self._own)))
            new = {text: _packed(vector, by) for text, vector in zip(missing, made, strict=True)}
            if np.isfinite(made).all():  # what is broken is told when it is stored, and must not come again
                self._store.put(new)
            found |= new
        self._remembered = self._remembered.union(*map(_made_by, found.values()))
        vectors = [np.empty((0, self.dimension), np.float32), *(_vector(found[text]) for text in texts)]
        return np.concatenate(vectors)


def _packed(vector: Float32, runtime: str) -> NDArray[np.uint8]:
    """A vector and what computed it as bytes, shape (1, 64 + 4 * dimension)."""
    row = runtime.encode()[:_NAMES].ljust(_NAMES, b"\0") + vector.astype("<f4").tobytes()
    return np.frombuffer(row, np.uint8).reshape(1, -1)


def _vector(row: NDArray[np.uint8]) -> Float32:
    """A packed vector, shape (1, dimension)."""
    return np.frombuffer(row.tobytes()[_NAMES:], "<f4").astype(np.float32).reshape(1, -1)


def _made_by(row: NDArray[np.uint8]) -> set[str]:
    names = row.tobytes()[:_NAMES].rstrip(b"\0").decode(errors="ignore")
    return {name for name in names.split(", ") if name}
