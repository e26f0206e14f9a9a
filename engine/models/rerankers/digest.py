"""The digest that identifies a reranker: its files, wherever they lie and whatever they are called by, and
where it stops.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from engine.fingerprint import digest_json
from engine.models.checkpoints.checkpoint import read_json
from engine.models.checkpoints.locate import locate
from engine.models.checkpoints.published import graph_files, graph_in
from engine.models.remote.address import is_address, read_address
from engine.models.rerankers.prompts import LAYERWISE
from engine.remembered import remembered_digest
from engine.settings import settings

# What scores depend on
_FILES = (
    "*.safetensors",
    "*config.json",
    "config_sentence_transformers.json",  # prompts, similarity, what a logit is made of
    "modules.json",
    "tokenizer.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "*.jinja",
)


def reranker_digest(name: str) -> str:
    """SHA-256 over the files of a reranker that decide its scores; of one that may stop at a layer before its last,
    with that layer. One at an address is known by its name there. Raises ModelNotFound, UnsupportedModel.
    """
    if is_address(name):
        return digest_json(["served", read_address(name, "reranker").model])
    directory = locate(name, "reranker")
    graph = graph_in(directory, name)
    return _digest(directory, settings().cutoff_layer if _is_layerwise(directory) else None, graph)


@lru_cache(maxsize=8)
def _digest(directory: Path, layer: int | None, graph: Path | None) -> str:
    found = {file for pattern in _FILES for file in directory.rglob(pattern)}
    files = sorted(found if graph is None else found.union(graph_files(graph)))
    parts: dict[str, str | int] = {file.relative_to(directory).as_posix(): remembered_digest(file) for file in files}
    return digest_json(parts if layer is None else parts | {"layer": layer})


def _is_layerwise(directory: Path) -> bool:
    return LAYERWISE in (read_json(directory / "config.json").get("architectures") or ())
