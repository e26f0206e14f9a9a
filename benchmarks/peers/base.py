"""The protocol of peers, and the corpus that they are given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from engine.models.checkpoints.presets import BUNDLED
from engine.query.timing import Timings
from engine.types import Float32

Needs = tuple[tuple[str, str], ...]  # modules, each with what pip calls it


@dataclass(frozen=True)
class Corpus:
    """Whole documents, as a peer's users index them: title, newline, text. `folder` is the peer's own, and empty."""

    ids: list[str]
    texts: list[str]
    folder: Path
    embeddings: Path | None = None  # .npy, (n, d) float32, unit length; only for peers that `embed`
    encoder: str = BUNDLED
    reranker: str = BUNDLED
    dataset: Any = None  # indexer.evaluation.datasets.Dataset, for Winnow, which reads the files itself

    @cached_property
    def vectors(self) -> Float32:
        """The embeddings, read into memory."""
        if self.embeddings is None:
            raise ValueError("The corpus was not embedded for this peer.")
        loaded: Float32 = np.load(self.embeddings)
        return loaded


@dataclass(frozen=True, slots=True)
class Ready:
    """The result of a peer's own `build`: bytes of its index, on disk where it has one there, else in memory."""

    index_bytes: int | None


@dataclass
class Found:
    """One query's lists. A stage is listed when it is ready, and `ready_ms` says when that was."""

    timings: Timings = field(default_factory=Timings)
    stages: dict[str, list[str]] = field(default_factory=dict)
    ready_ms: dict[str, float] = field(default_factory=dict)

    def add(self, stage: str, ids: Sequence[str], ready_ms: float | None = None) -> None:
        """`ready_ms` defaults to the sum of the steps so far: peers work one step after another."""
        self.stages[stage] = list(ids)
        self.ready_ms[stage] = sum(self.timings.ms.values()) if ready_ms is None else ready_ms


class Peer(Protocol):
    """One engine."""

    name: str
    embed: bool  # whether it is given the shared embeddings
    reopens: bool  # whether `build` finds what an earlier process built: then it is searched by a fresh process
    note: str  # what a reader of the table must know

    @property
    def needs(self) -> Needs:
        """Modules that must be importable."""
        ...

    def build(self, corpus: Corpus) -> Ready:
        """Index the corpus, and load what answers queries. Its wall time is the peer's build time."""
        ...

    def search(self, query: str, k: int) -> Found:
        """The k best of each stage ("lexical", "dense", "fused", "reranked"), in the order in which they arise."""
        ...


def folder_bytes(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
