"""The right answers: those of a single machine, over HTTP as the cluster gives them; and, where shards are missing, those
of the same shards in this process.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from fastapi.testclient import TestClient

from api.service.service import Service
from api.serving.app import create_app
from engine.cluster.published.copies import copy_shard, copy_statistics
from engine.cluster.published.publication import read_current
from engine.cluster.searcher import Cluster, ClusterSearcher
from engine.cluster.session import Places, Question, ShardFailed
from engine.cluster.shard import LocalShards
from engine.cluster.shell import hold_shell, show
from engine.collection import Collection, searcher_of
from engine.protocols import ModelSource
from engine.store.backups.depot import Depot
from engine.store.generation import open_generation

COLLECTION = "notes"
PATH = f"/v1/collections/{COLLECTION}/search"
QUESTIONS: tuple[Mapping[str, Any], ...] = (
    {"query": "the bridge of the city"},
    {"query": "river", "k": 20, "collapse": False},
    {"query": "document 77", "mode": "lexical"},
    {"query": '"the river and the bridge"'},
    {"query": "brigde", "rerank_depth": 0},
    {"query": "tags:odd food", "facets": ["year"]},
    {"query": "a passage about the search engine", "mode": "dense"},
    {"query": "city", "filter": {"field": "year", "gte": 2010}, "facets": ["tags"]},
)
_ROUNDING = 1e-5
_PASSING = ("timings_ms", "began_ms", "request_id", "cursor", "failed_reasons")


def lasting(answer: Mapping[str, Any]) -> dict[str, Any]:
    """An answer without what differs each time."""
    return {key: value for key, value in answer.items() if key not in _PASSING}


def differences(found: Any, expected: Any, where: str = "") -> list[str]:
    """Where two answers differ. Of a reranker's scores the last bits depend on what is scored beside it in a batch, and
    that on what is remembered of earlier questions, here and on a single machine; of vectors, on what is embedded beside.
    """
    if isinstance(found, float) and isinstance(expected, float):
        same = math.isclose(found, expected, rel_tol=_ROUNDING, abs_tol=_ROUNDING)
        return [] if same else [f"{where}: {found} for {expected}"]
    if isinstance(found, dict) and isinstance(expected, dict) and found.keys() == expected.keys():
        pairs = [(f"{where}.{key}", value, expected[key]) for key, value in found.items()]
    elif isinstance(found, list | tuple) and type(found) is type(expected) and len(found) == len(expected):
        pairs = [(f"{where}[{at}]", *pair) for at, pair in enumerate(zip(found, expected, strict=True))]
    else:
        return [] if found == expected else [f"{where}: {found!s:.100} for {expected!s:.100}"]
    return [said for at, one, other in pairs for said in differences(one, other, at)]


@dataclass
class Right:
    """The right answers of one generation, as the home of a single machine has it now. A context manager."""

    home: Path
    address: str
    folder: Path
    whole: list[dict[str, Any]] = field(default_factory=list)
    generation: int = 0
    _partial: dict[frozenset[int], list[dict[str, Any]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _left: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Right:
        with Service(self.home) as service:
            self.whole = _ask_all(service)
        self.generation = self.whole[0]["generation"]
        depot = Depot(self.address)
        made = read_current(depot, COLLECTION)
        assert made.manifest.generation == self.generation
        front = self.folder / "front"
        self._left.callback(hold_shell(front, made.manifest).release)
        show(front, made.manifest)
        self._parts = [copy_shard(depot, made, shard, self.folder / str(shard)) for shard in range(len(made.shards))]
        self._depot, self._made, self._front = depot, made, front
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._left.close()

    def without(self, failed: Sequence[int]) -> list[dict[str, Any]]:
        """The right answers where these shards are missing."""
        missing = frozenset(failed)
        with self._lock:
            if missing not in self._partial:
                with Service(self._front, opener=_Opener(self, missing).open) as service:
                    self._partial[missing] = _ask_all(service)
            return self._partial[missing]


@dataclass
class _Opener:
    """Opens the collection over shards in this process, of which some do not answer."""

    right: Right
    missing: frozenset[int]

    def open(self, name: str, *, home: Path, generation: int | None, models: ModelSource) -> Collection:
        shell = open_generation(home, name, generation)
        known = copy_statistics(self.right._depot, self.right._made, self.right.folder / "statistics", shell)
        cluster = Cluster(known, Places(self.right._made), _Missing(self.right._parts, self.missing))
        searcher = searcher_of(shell, models, lambda _, *rest: ClusterSearcher(cluster, *rest))
        assert isinstance(searcher, ClusterSearcher)
        return Collection(searcher.generation_for(), searcher)


class _Missing(LocalShards):
    def __init__(self, shards: Sequence[Any], missing: frozenset[int]) -> None:
        super().__init__(shards)
        self._missing = missing

    def ask(self, questions: Mapping[int, Question]) -> dict[int, Any]:
        for shard in questions:
            if shard in self._missing:
                raise ShardFailed(shard, "it is missing here")
        return super().ask(questions)


def _ask_all(service: Service) -> list[dict[str, Any]]:
    with TestClient(create_app(service), "http://127.0.0.1:8400") as http:
        answers = [http.post(PATH, json=question) for question in QUESTIONS]
    assert all(answer.status_code == 200 for answer in answers), [answer.text for answer in answers]
    return [lasting(answer.json()) for answer in answers]
