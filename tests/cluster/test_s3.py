"""Shared storage that is an S3 server: publishing, pulling, copies of replicas, ingest, and what is damaged there.

The server is moto's, in this process; fsspec reaches it by s3fs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from engine.cluster.published.publication import read_current
from engine.cluster.published.publishing import publish, pull
from engine.cluster.serving.replica import ReplicaServer
from engine.collection import open_collection
from engine.errors import CollectionNotFound, StoreDamaged
from engine.query.pipeline import Request
from engine.store.backups.backup import object_name
from engine.store.backups.depot import Depot
from engine.store.writer import open_writer
from indexer.cluster_ingest.run import cluster_ingest, here
from indexer.ingest import ingest
from tests.cluster.answers import differences
from tests.conftest import Models
from tests.support.documents import topical, write_records

_REASON = "needs `pip install 'moto[server]' s3fs` (`make test-cluster` does)"
server = pytest.importorskip("moto.server", reason=_REASON)
s3fs = pytest.importorskip("s3fs", reason=_REASON)

BUCKET = "winnow-tests"
QUESTIONS = ("the bridge of the city", "river", "document 77", '"the river and the bridge"')


@pytest.fixture(scope="module")
def files() -> Iterator[Any]:
    """The server's files, as s3fs has them; what s3fs is not told, it takes from the environment."""
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    with pytest.MonkeyPatch.context() as patch:
        host, port = running.get_host_and_port()
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "tests")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "tests")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        s3fs.S3FileSystem.clear_instance_cache()
        made = s3fs.S3FileSystem()
        made.mkdir(BUCKET)
        yield made
    s3fs.S3FileSystem.clear_instance_cache()
    running.stop()


@pytest.fixture
def address(files: Any, request: pytest.FixtureRequest) -> str:
    """An address that no other test has."""
    return f"s3://{BUCKET}/{request.node.name}"


@pytest.fixture
def home(tmp_path: Path, models: Models) -> Path:
    file = write_records(tmp_path / "notes.jsonl", topical(120))
    ingest([file], home=tmp_path / "home", collection="c", encoder=models.encoder, reranker=models.reranker)
    return tmp_path / "home"


def told(home: Path, name: str = "c") -> list[dict[str, Any]]:
    with open_collection(name, home=home) as collection:
        found = [collection.search(Request(query, 20)) for query in QUESTIONS]
    return [asdict(replace(result, timings_ms={}, began_ms={}, generation=0)) for result in found]


def test_a_published_collection_comes_back_as_it_was(home: Path, address: str, tmp_path: Path) -> None:
    first = publish(home, "c", address, shards=3)
    assert first.copied > 0 and len(first.publication.shards) == 3
    assert publish(home, "c", address).copied == 0  # all is there
    pull(tmp_path / "other", "c", address)
    assert told(tmp_path / "other") == told(home)


def test_a_later_generation_is_seen_and_only_what_is_new_is_copied(home: Path, address: str, tmp_path: Path) -> None:
    first = publish(home, "c", address, shards=2)
    reader = Depot(address)  # of a machine that has looked before
    assert read_current(reader, "c").id == first.publication.id
    with open_writer(home, "c") as writer:
        writer.commit(None, deletes=["d007"])
    second = publish(home, "c", address)
    assert read_current(reader, "c").id == second.publication.id != first.publication.id
    assert second.kept > 0
    pull(tmp_path / "other", "c", address)
    assert told(tmp_path / "other") == told(home)


def test_a_replica_copies_its_shard_and_notices_what_is_damaged(
    home: Path, address: str, tmp_path: Path, files: Any
) -> None:
    made = publish(home, "c", address, shards=2).publication
    replica = ReplicaServer(address, "c", 0, str(tmp_path / "copy"))
    assert replica.load(made.id) == [made.id]
    assert replica.check_health()["loaded"] == [made.id]
    file = max(made.files_of(1), key=lambda one: one.size)
    stored = f"{address}/{object_name(file.sha256)}"
    whole = files.cat_file(stored)
    other = ReplicaServer(address, "c", 1, str(tmp_path / "other"))
    for damaged in (whole[:-1], bytes(len(whole)), whole + b"x", b""):
        files.pipe_file(stored, damaged)
        with pytest.raises(StoreDamaged):
            other.load(made.id)
    files.rm_file(stored)
    with pytest.raises(StoreDamaged):
        other.load(made.id)
    assert other.check_health()["loaded"] == []  # it lives, and says that it has nothing
    files.pipe_file(stored, whole)
    assert other.load(made.id) == [made.id]


def test_nothing_is_served_of_what_was_cut_short(home: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    write = Depot.write

    def cut(depot: Depot, name: str, data: bytes) -> None:
        if name.endswith("current.json"):
            raise ConnectionError("cut")
        write(depot, name, data)

    monkeypatch.setattr(Depot, "write", cut)
    with pytest.raises(ConnectionError):
        publish(home, "c", address, shards=2)
    with pytest.raises(CollectionNotFound):
        read_current(Depot(address), "c")
    monkeypatch.undo()
    assert publish(home, "c", address, shards=2).kept > 0
    assert read_current(Depot(address), "c").shards


def test_an_ingest_leaves_its_parts_there_and_goes_on_with_them(address: str, tmp_path: Path, models: Models) -> None:
    file = write_records(tmp_path / "notes.jsonl", topical(120))

    def run(home: Path, runner: Callable[..., Iterator[str]]) -> Any:
        return cluster_ingest(
            [file],
            home=home,
            collection="c",
            address=address,
            run=runner,
            partition_bytes=4_000,
            encoder=models.encoder,
            reranker=models.reranker,
            shards=2,
        )

    def interrupted(jobs: Any) -> Iterator[str]:
        yield from here(jobs[:2])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "driver", interrupted)
    done = run(tmp_path / "driver", here)
    assert done.known == 2 and done.made > 1
    ingest([file], home=tmp_path / "one", collection="c", encoder=models.encoder, reranker=models.reranker)
    assert not differences(told(tmp_path / "driver"), told(tmp_path / "one"))
