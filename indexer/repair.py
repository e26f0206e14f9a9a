"""Repairing a collection: damaged segments are set aside, vectors and BM25 are rebuilt from the stored text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from engine.errors import ModelMismatch
from engine.models import load_encoder
from engine.models.checkpoints.presets import BUNDLED
from engine.models.encoders.prompting import prompted
from engine.store.catalogue.catalogue import Catalogue
from engine.store.files import disk_full_typed
from engine.store.layout import Home
from engine.store.locks import lock_writer
from engine.store.manifest import Manifest
from engine.store.repair.identity import restore_identity, restore_manifests
from engine.store.repair.segments import Embed, RepairReport, repair_segments
from engine.store.writer import open_writer
from engine.types import Chunk, Document, Float32
from indexer.chunking.chunker import Chunker


def repair(home: Path, collection: str) -> RepairReport:
    """Make a damaged collection one that opens, keeping whatever can be kept; nothing is deleted.

    CollectionNotFound, CatalogueMissing, WriterBusy; StoreDamaged if a manifest is lost with its copy; DiskFull;
    ModelNotFound or ModelMismatch if vectors have to be rebuilt and the collection's encoder is not to be had.
    """
    report = RepairReport()
    row = Catalogue(home).get(collection)
    layout = Home(home).collection(row.uuid)
    with disk_full_typed(layout.root), lock_writer(layout.writer_lock, collection):
        report.restored += restore_manifests(layout)
        report.restored += restore_identity(layout, row)
    with open_writer(home, collection) as writer:
        repair_segments(writer, _embedder(writer.manifest), report)
        report.generation = writer.manifest.generation
    return report


def _embedder(manifest: Manifest) -> Embed:
    """Embeds as the ingest did; the model is loaded when it is first asked."""

    def embed(documents: Sequence[tuple[Document, Sequence[Chunk]]]) -> Float32:
        encoder = prompted(load_encoder(manifest.models["encoder"] or BUNDLED), manifest.query_fingerprint.prompts)
        differing = manifest.query_fingerprint.differences(encoder.fingerprint)
        if differing:
            raise ModelMismatch(
                f"{manifest.collection!r} was indexed with another encoder: {', '.join(differing)} differ.",
                "Restore the model that the collection was indexed with.",
            )
        chunker = Chunker.for_encoder(encoder)
        texts = [text for document, chunks in documents for text in chunker.embedding_texts(document.title, chunks)]
        return encoder.encode(texts, role="document") if texts else np.empty((0, encoder.dimension), np.float32)

    return embed
