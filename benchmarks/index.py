"""Building the index of a data set, and what that cost."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.environment import peak_rss_mb
from engine.fingerprint import digest_json
from engine.lexical.analysis import ANALYSER_VERSION
from engine.models import load_encoder
from engine.models.checkpoints.presets import BUNDLED
from engine.settings import settings
from engine.store.collections import collection_stats
from engine.vectors.codecs import CODEC_VERSION
from indexer.chunking.chunker import Chunker
from indexer.evaluation.datasets import Dataset
from indexer.evaluation.datasets.corpus import corpus_digest, corpus_file
from indexer.ingest import Watch, ingest

_MEMORY = "WINNOW_EMBEDDINGS_DISK_MB"


@dataclass(frozen=True, slots=True)
class Build:
    """A data set's collection in a home. `seconds` are of this run: few where the index was `reused`."""

    collection: str
    documents: int
    chunks: int
    seconds: float
    documents_per_second: float | None  # None where the index was reused
    reused: bool
    peak_rss_mb: float
    index_bytes: int
    corpus_sha256: str
    failed: tuple[Mapping[str, str], ...]

    def to_json(self) -> dict[str, Any]:
        names = ("collection", "documents", "chunks", "seconds", "documents_per_second", "reused", "peak_rss_mb")
        return {name: getattr(self, name) for name in (*names, "corpus_sha256")} | {"failed": list(self.failed)}


def build_index(dataset: Dataset, home: Path, encoder: str, watch: Watch, reranker: str = BUNDLED) -> Build:
    """Ingest the corpus into a collection of its own; one that is there already is kept. `reranker` is the one that the
    collection names, for those who serve it; others may search it with another.
    """
    digest = corpus_digest(dataset)
    name = _collection_name(dataset, digest, encoder, reranker)
    with _without_memory():
        report = ingest(
            [corpus_file(dataset, home / "datasets")],
            home=home,
            collection=name,
            encoder=encoder,
            reranker=reranker,
            watch=watch,
        )
    made = report.added + report.updated
    stats = collection_stats(home, name)
    return Build(
        collection=name,
        documents=stats.documents,
        chunks=stats.chunks,
        seconds=round(report.seconds, 3),
        documents_per_second=round(made / report.seconds, 2) if made and not report.unchanged else None,
        reused=report.unchanged > 0,
        peak_rss_mb=peak_rss_mb(),
        index_bytes=stats.bytes,
        corpus_sha256=digest,
        failed=tuple(problem.to_json() for problem in report.failed),
    )


@contextmanager
def _without_memory() -> Iterator[None]:
    """Embed everything: how long an index takes to build must not depend on what was embedded before."""
    before = os.environ.get(_MEMORY)
    os.environ[_MEMORY] = "0"
    settings.cache_clear()
    try:
        yield
    finally:
        os.environ.pop(_MEMORY) if before is None else os.environ.update({_MEMORY: before})
        settings.cache_clear()


def _collection_name(dataset: Dataset, corpus: str, encoder: str, reranker: str) -> str:
    """One collection per all that decides its content, so that a kept home never answers with a stale index."""
    model = load_encoder(encoder)
    made_of = [corpus, model.fingerprint.to_json(), Chunker.for_encoder(model).version, ANALYSER_VERSION, CODEC_VERSION]
    if reranker != BUNDLED:
        made_of.append(reranker)
    return f"bench-{digest_json(made_of)[:16]}"
