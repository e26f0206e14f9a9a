"""The encoder that made the vectors of `tests.support.stores`, and a chunker that adds nothing to a chunk's text."""

from __future__ import annotations

from collections.abc import Sequence

from engine.fingerprint import QueryFingerprint
from engine.protocols import Prompts, Role
from engine.types import Chunk, Float32
from tests.support.stores import DIMENSION, config, vectors_of


class FakeEncoder:
    """Implements `engine.protocols.Encoder`."""

    dimension, max_tokens = DIMENSION, 128
    languages: frozenset[str] | None = None

    @property
    def tokens(self) -> FakeEncoder:
        return self

    def count(self, texts: Sequence[str]) -> list[int]:
        return [0 for _ in texts]

    def offsets(self, text: str) -> list[tuple[int, int]]:
        return []

    @property
    def fingerprint(self) -> QueryFingerprint:
        return config().query_fingerprint

    def with_prompts(self, prompts: Prompts) -> FakeEncoder:
        return self

    def encode(self, texts: Sequence[str], *, role: Role = "document") -> Float32:
        return vectors_of(texts)


class PlainChunker:
    """What `indexer.embedding` asks of a chunker."""

    def embedding_texts(self, title: str, chunks: Sequence[Chunk]) -> list[str]:
        return [chunk.text for chunk in chunks]
