"""Configuration that a collection is created with: which models it has, and how they are named."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine.collection import NO_RERANKER
from engine.errors import CollectionNotFound, UsageError
from engine.fingerprint import IndexFingerprint
from engine.lexical.analysis import ANALYSER_VERSION
from engine.models.checkpoints.declared import declared_recipe
from engine.models.checkpoints.presets import BUNDLED, MULTILINGUAL, PRESETS, STATIC
from engine.models.checkpoints.published import split_graph
from engine.models.rerankers.purpose import remark_on_purpose
from engine.protocols import Encoder
from engine.store import FORMAT
from engine.store.generation import open_generation
from engine.store.manifest import CollectionConfig
from engine.vectors.codecs import CODEC_VERSION
from indexer.chunking.chunker import Chunker


def model_names(home: Path, collection: str, encoder: str | None, reranker: str | None) -> dict[str, str]:
    """The names of the models to use: as asked for, else the collection's own, else "" for the encoder, which the
    documents of a new collection decide, and the bundled reranker.

    UsageError if the collection has chosen another reranker: what a collection has chosen does not change by itself.
    """
    try:
        with open_generation(home, collection) as generation:
            known = dict(generation.manifest.models)
    except CollectionNotFound:
        known = {}  # it is about to be made
    encoder, reranker = absolute_name(encoder), absolute_name(reranker)
    chosen = known.get("reranker")
    if chosen and reranker not in (None, chosen):
        raise UsageError(
            f"Collection {collection!r} reranks with {chosen!r}, not with {reranker!r}.",
            "Choose a reranker for a search (`winnow search --models`), or ingest into another collection.",
        )
    return {
        "encoder": encoder or known.get("encoder") or "",
        "reranker": reranker or chosen or BUNDLED,
    }


def remarks_on_reranker(home: Path, collection: str, name: str) -> list[str]:
    """A remark on the reranker of a collection that is about to be made, where it does not judge answers."""
    if name == NO_RERANKER or is_there(home, collection):
        return []
    remark = remark_on_purpose(name)
    return [] if remark is None else [remark]


def is_there(home: Path, collection: str) -> bool:
    """Whether there is such a collection."""
    try:
        with open_generation(home, collection):
            return True
    except CollectionNotFound:
        return False


def absolute_name(model: str | None) -> str | None:
    """The name as the collection may keep it: a directory's must not depend on where the command was typed."""
    if model is None:
        return None
    directory, graph = split_graph(model)
    if directory in (BUNDLED, STATIC, MULTILINGUAL, *PRESETS) or not Path(directory).expanduser().is_dir():
        return model
    return str(Path(directory).expanduser().resolve()) + (f"#{graph}" if graph else "")


def collection_config(models: Mapping[str, str], encoder: Encoder, chunker: Chunker) -> CollectionConfig:
    """The configuration of a collection that uses these models."""
    index = IndexFingerprint(format=FORMAT, codec=CODEC_VERSION, chunker=chunker.version, analyser=ANALYSER_VERSION)
    return CollectionConfig(models, encoder.fingerprint, index, declared_recipe(models["encoder"]))
