"""What identifies a reranker: its files, wherever they lie and whatever they are called by."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from engine.fingerprint import digest_file, digest_json
from engine.models.locate import locate

# What scores depend on
_FILES = (
    "*.safetensors",
    "*config.json",
    "modules.json",
    "tokenizer.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "*.jinja",
)


def reranker_digest(name: str) -> str:
    """SHA-256 over the files of a reranker that decide its scores. Raises ModelNotFound."""
    return _digest(locate(name, "reranker"))


@lru_cache(maxsize=8)
def _digest(directory: Path) -> str:
    files = sorted({file for pattern in _FILES for file in directory.rglob(pattern)})
    return digest_json({file.relative_to(directory).as_posix(): digest_file(file) for file in files})
