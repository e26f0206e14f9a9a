"""Tensors of a safetensors checkpoint, memory-mapped: nothing is copied until it is used.

The format is an 8-byte little-endian header length, a JSON header (name -> dtype, shape, byte range) and the bytes of
the tensors: https://github.com/huggingface/safetensors#format
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import ModelNotFound, UnsupportedModel
from engine.fingerprint import digest_json
from engine.models.checkpoints.packed import PACKED, SCALE, unpack
from engine.remembered import remembered_digest


class Tensors(dict[str, NDArray[Any]]):
    """Tensors by name; one that is stored packed (packed.py) is unpacked whenever it is looked up.

    Looking up one that the model should have but has not raises UnsupportedModel.
    """

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or super().__contains__(f"{name}{PACKED}")

    def __missing__(self, name: str) -> NDArray[Any]:
        if super().__contains__(name + PACKED):
            return unpack(self[name + PACKED], self[name + SCALE])
        raise UnsupportedModel(
            f"The checkpoint has no tensor {name}.", "Its files and its config.json do not belong together."
        )


INDEX = "model.safetensors.index.json"
_TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "U8": "|u1", "I8": "|i1"}


def weight_files(directory: Path) -> list[Path]:
    """The safetensors files of one model or module, in the order of their names.

    Raises ModelNotFound when there are none, UnsupportedModel when the weights exist only in another format.
    """
    index = directory / INDEX
    if index.is_file():
        names = sorted(set(json.loads(index.read_text("utf-8"))["weight_map"].values()))
        files = [directory / name for name in names]
    else:
        files = [directory / "model.safetensors"]
    missing = [file for file in files if not file.is_file()]
    if not missing:
        return files
    if (directory / "pytorch_model.bin").is_file():
        raise UnsupportedModel(
            f"{directory} has its weights in pytorch_model.bin, which can run code when it is read.",
            f"Convert it once where torch is installed: {_conversion(directory)}.",
        )
    raise ModelNotFound(f"{missing[0]} does not exist.", "Download the model again; its weights are missing.")


def _conversion(directory: Path) -> str:
    """The line that saves the whole of a model as safetensors: a cross-encoder's head would be lost by another."""
    for folder in (directory, directory.parent):  # a module lies below its model
        kind = _told(folder / "config_sentence_transformers.json", "model_type")
        if kind in ("CrossEncoder", "MultiVectorEncoder"):
            return f'{kind}("<directory>").save("<new directory>")'
    architectures = _told(directory / "config.json", "architectures") or []
    architecture = str(architectures[0]) if isinstance(architectures, list) and architectures else ""
    if architecture.endswith("ForCausalLM"):
        return 'AutoModelForCausalLM.from_pretrained("<directory>").save_pretrained("<directory>")'
    kind = "CrossEncoder" if architecture.endswith("ForSequenceClassification") else "SentenceTransformer"
    return f'{kind}("<directory>").save("<new directory>")'


def _told(file: Path, key: str) -> Any:
    """A value of a JSON file, None where it cannot be read."""
    try:
        known = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return known.get(key) if isinstance(known, dict) else None


def read_tensors(files: list[Path]) -> Tensors:
    """All tensors of the files by name, read-only views of the mapped files (bfloat16 is widened to float32)."""
    tensors = Tensors()
    for file in files:
        try:
            tensors.update(_read_file(file))
        except (ValueError, KeyError, TypeError) as error:
            raise UnsupportedModel(
                f"{file} is not a readable safetensors file ({error}).", "Download it again."
            ) from error
    return tensors


def digest_weights(files: list[Path], root: Path) -> str:
    """SHA-256 of the one weight file, or of the digests of all of them by path relative to `root`."""
    if len(files) == 1:
        return remembered_digest(files[0])
    return digest_json({file.relative_to(root).as_posix(): remembered_digest(file) for file in files})


def _read_file(file: Path) -> dict[str, NDArray[Any]]:
    with file.open("rb") as stream:
        buffer = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    start = 8 + int.from_bytes(buffer[:8], "little")
    header = json.loads(buffer[8:start])
    header.pop("__metadata__", None)
    return {name: _view(buffer, start, entry) for name, entry in header.items()}


def _view(buffer: mmap.mmap, start: int, entry: Mapping[str, Any]) -> NDArray[Any]:
    kind, shape, (first, last) = entry["dtype"], entry["shape"], entry["data_offsets"]
    if kind == "BF16":  # the upper half of a float32
        halves = np.frombuffer(buffer, "<u2", (last - first) // 2, start + first)
        return (halves.astype(np.uint32) << 16).view(np.float32).reshape(shape)
    dtype = np.dtype(_TYPES[kind])
    return np.frombuffer(buffer, dtype, (last - first) // dtype.itemsize, start + first).reshape(shape)
