"""A tiny encoder whose matrices are packed to four bits (engine/models/checkpoints/packed.py), and its unpacked twin."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from tests.support.checkpoints import tiny_encoder

_BLOCK = 32


def packed_encoder(path: Path) -> Path:
    """All matrices are packed, the tables of embeddings too."""
    tiny_encoder(path)
    tensors: dict[str, np.ndarray] = {}
    for name, tensor in load_file(path / "model.safetensors").items():
        if tensor.ndim == 2:
            tensors[f"{name}.q4_0"], tensors[f"{name}.scale"] = quantise(tensor)
        else:
            tensors[name] = tensor
    save_file(tensors, path / "model.safetensors", metadata={"format": "pt"})
    return path


def quantise(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Blocks of 32 weights of a row: the one of the greatest magnitude becomes -8 times the scale."""
    blocks = matrix.reshape(len(matrix), -1, _BLOCK)
    greatest = np.take_along_axis(blocks, np.abs(blocks).argmax(2)[:, :, None], 2)[:, :, 0]
    scales = (greatest / -8).astype(np.float16)
    values = np.clip(np.round(blocks / scales.astype(np.float32)[:, :, None]) + 8, 0, 15).astype(np.uint8)
    return values[:, :, :16] | values[:, :, 16:] << 4, scales


def unpacked_twin(packed: Path, path: Path) -> Path:
    """The same weights, one by one and by the definition, as float32 tensors of their own."""
    tiny_encoder(path)
    stored = load_file(packed / "model.safetensors")
    tensors = {name: tensor for name, tensor in stored.items() if not name.endswith((".q4_0", ".scale"))}
    for name in stored:
        if name.endswith(".q4_0"):
            plain = name.removesuffix(".q4_0")
            tensors[plain] = _by_definition(stored[name], stored[f"{plain}.scale"])
    save_file(tensors, path / "model.safetensors", metadata={"format": "pt"})
    return path


def _by_definition(halves: np.ndarray, scales: np.ndarray) -> np.ndarray:
    rows, blocks, _ = halves.shape
    matrix = np.zeros((rows, blocks * _BLOCK), np.float32)
    for row in range(rows):
        for column in range(matrix.shape[1]):
            block, place = divmod(column, _BLOCK)
            byte = int(halves[row, block, place % 16])
            matrix[row, column] = ((byte & 15 if place < 16 else byte >> 4) - 8) * np.float32(scales[row, block])
    return matrix
