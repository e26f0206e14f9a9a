"""Replicas as real processes under Ray: the same answers, and none wrong or lost when one is killed or data change."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from api.service.service import Service
from engine.collection import open_collection
from engine.errors import UsageError, WinnowError
from engine.query.pipeline import Request
from engine.store.writer import open_writer
from engine.types import SearchResult
from indexer.ingest import ingest
from tests.conftest import Models
from tests.support.documents import topical, write_records

pytest.importorskip("ray")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(280)]

SHARDS, REPLICAS = 3, 2
QUESTIONS = ("the bridge of the city", "river", "document 77", '"the river and the bridge"', "brigde", "tags:odd food")


@dataclass
class Served:
    home: Path  # of the single machine
    address: str
    serving: Any
    service: Service
    config: Any


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, models: Models) -> Iterator[Served]:
    from api.cluster import cluster_service, serving_cluster
    from engine.cluster.config import ClusterConfig
    from engine.cluster.published.publishing import publish

    root = tmp_path_factory.mktemp("ray")
    home, address = root / "home", str(root / "shared")
    file = write_records(root / "notes.jsonl", topical(160))
    ingest([file], home=home, collection="c", encoder=models.encoder, reranker=models.reranker)
    publish(home, "c", address, shards=SHARDS)
    config = ClusterConfig(
        address=address,
        collections=("c",),
        home=str(root / "front"),
        folder=str(root / "copies"),
        replicas=REPLICAS,
        cpus=0,
        threads=2,
        hedge_ms=300,
        deadline_ms=20_000,
        health_seconds=0.5,
    )
    with serving_cluster(config, root / "front") as serving, cluster_service(serving) as service:
        yield Served(home, address, serving, service, config)


def told(result: SearchResult) -> SearchResult:
    return replace(result, timings_ms={}, began_ms={}, cursor=None)


def expected(served: Served) -> dict[str, SearchResult]:
    with open_collection("c", home=served.home) as collection:
        return {query: told(collection.search(Request(query))) for query in QUESTIONS}


@dataclass
class Clients:
    """Clients that ask again and again, each request once more where it fails."""

    service: Service
    right: dict[int, dict[str, SearchResult]]  # by generation
    answers: int = 0
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    partial: int = 0
    generations: set[int] = field(default_factory=set)

    def ask_until(self, done: threading.Event, start: int) -> None:
        number = start
        while not done.is_set():
            query = QUESTIONS[number % len(QUESTIONS)]
            number += 1
            found = self._ask(query) or self._ask(query)
            if found is None:
                self.lost.append(query)
                continue
            self.answers += 1
            self.generations.add(found.generation)
            if found.partial:
                self.partial += 1
            elif told(found) != self.right[found.generation][query]:
                self.wrong.append(query)

    def _ask(self, query: str) -> SearchResult | None:
        try:
            return self.service.searching.search("c", Request(query))
        except WinnowError:
            return None


def under_load(clients: Clients, what: Any) -> None:
    """Do something while four clients ask, from 20 answers before it to 40 after it."""
    done = threading.Event()
    threads = [threading.Thread(target=clients.ask_until, args=(done, start)) for start in range(4)]
    for thread in threads:
        thread.start()
    wait_for(lambda: clients.answers >= 20)
    what()
    before = clients.answers
    wait_for(lambda: clients.answers >= before + 40)
    done.set()
    for thread in threads:
        thread.join()


def wait_for(condition: Any) -> None:
    until = time.monotonic() + 200
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def healthy(served: Served) -> list[dict[str, Any]]:
    from engine.cluster.serving.actors import running_replica

    found = []
    for shard in range(SHARDS):
        for number in range(REPLICAS):
            replica = running_replica("c", shard, number)
            try:
                found.append(replica.check().result(20) if replica else {})
            except Exception:
                found.append({})
    return found


def test_the_cluster_answers_as_the_single_machine(served: Served) -> None:
    right = expected(served)
    for query in QUESTIONS:
        found = served.service.searching.search("c", Request(query))
        assert told(found) == right[query] and not found.partial
    assert [one.name for one in served.service.collections.all()] == ["c"]
    assert len({health["process"] for health in healthy(served)}) == SHARDS * REPLICAS


def test_how_many_shards_there_are_is_asked_of_ray_alone(served: Served) -> None:
    from engine.cluster.serving.actors import shards_of

    assert (shards_of("c"), shards_of("other"), shards_of("c/0")) == (SHARDS, 0, 0)
    assert len(healthy(served)) == SHARDS * REPLICAS


def test_models_in_a_process_of_their_own_answer_the_same(served: Served) -> None:
    from api.cluster import cluster_models, cluster_service
    from engine.cluster.config import ModelProcess

    right = expected(served)
    config = served.config.model_copy(update={"models": ModelProcess(cpus=0)})
    with cluster_models(config) as models, cluster_service(served.serving, models) as service:
        for query in QUESTIONS:
            found = service.searching.search("c", Request(query))
            assert [hit.chunk.id for hit in found.hits] == [hit.chunk.id for hit in right[query].hits]
            assert not found.degraded
        stats = service.inference_stats()
        assert stats is not None and stats


def test_a_killed_replica_costs_no_answer_and_comes_back(served: Served) -> None:
    number = served.serving.status()["c"][-1]
    clients = Clients(served.service, {generation_of(served): expected(served)})
    victim = healthy(served)[0]["process"]
    under_load(clients, lambda: os.kill(victim, signal.SIGKILL))
    assert (clients.lost, clients.wrong, clients.partial) == ([], [], 0)
    wait_for(lambda: all(number in health.get("loaded", ()) for health in healthy(served)))
    assert victim not in {health["process"] for health in healthy(served)}


def test_a_new_generation_takes_the_place_of_the_old_without_a_mixed_answer(served: Served) -> None:
    from engine.cluster.published.publishing import publish

    before = generation_of(served)
    right = {before: expected(served)}
    first = served.service.searching.search("c", Request("the bridge of the city", 3, pageable=True))
    with open_writer(served.home, "c") as writer:
        writer.commit(None, deletes=["d001", "d090", "d077"])
    after = generation_of(served)
    right[after] = expected(served)
    assert right[after] != right[before]
    clients = Clients(served.service, right)

    def switch() -> None:
        publish(served.home, "c", served.address)
        wait_for(lambda: after in clients.generations)

    under_load(clients, switch)
    assert (clients.lost, clients.wrong, clients.partial) == ([], [], 0)
    assert clients.generations == {before, after}
    assert first.cursor is not None  # whoever pages goes on in the generation that the search was made in
    assert served.service.searching.page("c", first.cursor, None).generation == before


def test_two_killed_replicas_of_a_shard_make_answers_partial(served: Served) -> None:
    number = served.serving.status()["c"][-1]
    clients = Clients(served.service, {generation_of(served): expected(served)})
    victims = [health["process"] for health in healthy(served)[:REPLICAS]]

    def kill() -> None:
        for victim in victims:
            os.kill(victim, signal.SIGKILL)

    under_load(clients, kill)
    assert (clients.lost, clients.wrong) == ([], [])
    wait_for(lambda: all(number in health.get("loaded", ()) for health in healthy(served)))
    assert not served.service.searching.search("c", Request("river")).partial


@pytest.mark.parametrize("address", ["127.0.0.1:1", "no-such-host.invalid:6379"])
def test_a_ray_cluster_that_is_not_there_is_said(address: str) -> None:
    from engine.cluster.serving.actors import connected

    with pytest.raises(UsageError, match="cannot be joined"), connected(address):
        pass


def test_a_rollout_costs_no_answer(served: Served) -> None:
    from engine.cluster.serving.actors import running_replica
    from engine.cluster.serving.rollout import Waiting, roll_out

    clients = Clients(served.service, {generation_of(served): expected(served)})
    found = [[running_replica("c", shard, number) for number in range(REPLICAS)] for shard in range(SHARDS)]
    parts = [[replica for replica in part if replica is not None] for part in found]
    before = {health["process"] for health in healthy(served)}
    done: list[str] = []
    under_load(clients, lambda: done.extend(roll_out(parts, Waiting(answer=20.0))))
    assert done == [f"c/{shard}/{number}" for shard in range(SHARDS) for number in range(REPLICAS)]
    assert (clients.lost, clients.wrong, clients.partial) == ([], [], 0)
    assert before.isdisjoint(health["process"] for health in healthy(served))


def generation_of(served: Served) -> int:
    with open_collection("c", home=served.home) as collection:
        return collection.generation.number
