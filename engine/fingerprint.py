"""Fingerprints: what a query must share with an index, and what only the index records."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class QueryFingerprint:
    """Facts that make two embeddings comparable. A query is refused unless all of it equals the index's.

    `weights` and `tokenizer` are SHA-256 hex digests of the model's own files; `pooling` names the pooling modes and
    the modules after them in order; `prompts` maps role to prompt text.
    """

    weights: str
    tokenizer: str
    pooling: str
    prompts: Mapping[str, str]
    dimension: int
    max_tokens: int

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "prompts": dict(self.prompts)}

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> QueryFingerprint:
        return QueryFingerprint(**data)

    def differences(self, other: QueryFingerprint) -> list[str]:
        """Names of the parts in which the two differ."""
        mine, theirs = self.to_json(), other.to_json()
        return [name for name in mine if mine[name] != theirs[name]]


@dataclass(frozen=True, slots=True)
class IndexFingerprint:
    """Facts of how an index was made: segment format, vector codec, chunker and analyser versions."""

    format: int
    codec: str
    chunker: str
    analyser: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> IndexFingerprint:
        return IndexFingerprint(**data)


def digest_json(value: Any) -> str:
    """SHA-256 of a value's canonical JSON."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def digest_file(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
