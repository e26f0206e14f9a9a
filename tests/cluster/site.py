"""A cluster on hosts of this machine: a head, a machine in front, workers, and a folder that all of them have."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from api.security.keys import EVERY, KeyStore
from engine.child import module_command
from engine.cluster.published.publishing import publish
from engine.store.writer import open_writer
from indexer.ingest import ingest
from tests.cluster.answers import COLLECTION, Right
from tests.cluster.clients import Clients
from tests.cluster.hosts import DISK, Host, Network
from tests.support.checkpoints import tiny_cross_encoder, tiny_encoder
from tests.support.documents import topical, write_records

PORT, RAY_PORT = 8400, 6379
WORKERS = ("w1", "w2", "w3")
HEAD, FRONT = "head", "front"
ROOT = Path(__file__).parents[2]
COPIES = DISK / "copies"
# What systemd or Kubernetes would do: whatever ends is started again.
_SUPERVISED = 'while true; do "$@" >&2; sleep 1; done'
_TOKEN = "0" * 64


@dataclass(frozen=True)
class Size:
    """How large the cluster is, and the load on it."""

    shards: int = 3
    replicas: int = 2
    documents: int = 240
    clients: int = 20
    pause: float = 1.5


@dataclass
class Site:
    """The cluster. A context manager, which starts it and leaves nothing."""

    root: Path
    size: Size = field(default_factory=Size)
    settings: dict[str, Any] = field(default_factory=dict)  # of the configuration, beside those here
    right: dict[int, Right] = field(default_factory=dict)
    key: str = ""
    _left: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Site:
        try:
            self._start()
        except BaseException:
            self._left.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._left.close()

    @property
    def home(self) -> Path:
        """The folder of the single machine, whose answers are the right ones."""
        return self.root / "home"

    @property
    def address(self) -> str:
        return str(self.root / "shared")

    @property
    def config(self) -> Path:
        return self.root / "cluster.yaml"

    def host(self, name: str) -> Host:
        return self.network.hosts[name]

    def clients(self) -> Clients:
        front = self.host(FRONT).address
        return Clients(front, PORT, self.key, self.size.clients, self.size.pause)

    def switch_on(self, name: str) -> None:
        """Start a host and what runs on it."""
        disk = self.root / "disks" / name
        disk.mkdir(parents=True, exist_ok=True)
        host = self.network.add(name, disk)
        if name == HEAD:
            storage = {"RAY_gcs_storage": "rocksdb", "RAY_gcs_storage_path": str(DISK / "gcs")}
            (disk / "gcs").mkdir(exist_ok=True)
            self._supervise(host, self._ray("--head", f"--port={RAY_PORT}", "--num-cpus=0", host=host), storage)
            return
        cpus = 0 if name == FRONT else 4
        self._supervise(host, self._ray(f"--address={self.ray}", f"--num-cpus={cpus}", host=host))
        if name == FRONT:
            serve = module_command("winnow", "cluster", "serve", str(self.config), "--host", "0.0.0.0")
            self._supervise(host, serve, {"WINNOW_SERVE_HOSTS": "*", "WINNOW_SERVE_RATE": "100000"})

    @property
    def ray(self) -> str:
        return f"{self.host(HEAD).address}:{RAY_PORT}"

    def winnow(self, *arguments: str, seconds: float = 300, on: str = FRONT) -> str:
        """Run a command on the machine in front; what it says."""
        return self.host(on).run(*module_command("winnow", *arguments), environment=self.environment, seconds=seconds)

    def replicas(self) -> list[dict[str, Any]]:
        """The replicas, as `winnow cluster status` tells of them; none where it could not."""
        try:
            said = self.winnow("cluster", "status", str(self.config), "--json", seconds=60)
        except subprocess.CalledProcessError as error:
            said = error.stdout  # it exits with 1 where not all are well
        except subprocess.TimeoutExpired:
            return []
        with suppress(ValueError, KeyError):
            return list(json.loads(said)["replicas"])
        return []

    def all_well(self) -> bool:
        """Whether every replica is well, and has what is published now."""
        found = self.replicas()
        return bool(found) and all(one["state"] == "well" and self.publication in one["loaded"] for one in found)

    def wait_until_well(self, seconds: float = 240) -> float:
        """Wait for it; how many seconds that took. TimeoutError."""
        began = time.monotonic()
        wait_for(self.all_well, seconds, period=2.0)
        return time.monotonic() - began

    def publish(self, deletes: Sequence[str] = ()) -> int:
        """Delete documents, publish the generation, and learn what is right for it; its number."""
        if deletes:
            with open_writer(self.home, COLLECTION) as writer:
                writer.commit(None, deletes=list(deletes))
        made = publish(self.home, COLLECTION, self.address, shards=self.size.shards).publication
        self.publication = made.id
        folder = self.root / "right" / str(len(self.right))
        right = self._left.enter_context(Right(self.home, self.address, folder))
        self.right[right.generation] = right
        return right.generation

    def _start(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        encoder, reranker = tiny_encoder(self.root / "encoder"), tiny_cross_encoder(self.root / "reranker")
        self.file = write_records(self.root / "notes.jsonl", topical(self.size.documents))
        self.models = f"{encoder},{reranker}"
        ingest([self.file], home=self.home, collection=COLLECTION, encoder=str(encoder), reranker=str(reranker))
        self.publish()
        self.network = self._left.enter_context(Network())
        self.switch_on(HEAD)
        self._configure()
        for worker in WORKERS:
            self.switch_on(worker)
        front = self.root / "disks" / FRONT / "front"
        _, self.key = KeyStore(front).create("tests", ["read"], [EVERY])
        self.switch_on(FRONT)
        clients = self.clients()
        wait_for(lambda: clients.ask(0).answer is not None, 900, period=1.0)
        self.wait_until_well()

    def _configure(self) -> None:
        config = {
            "address": self.address,
            "collections": [COLLECTION],
            "home": str(DISK / "front"),
            "folder": str(COPIES),
            "ray": self.ray,
            "replicas": self.size.replicas,
            "cpus": 1,
            "deadline_ms": 8000,  # for two cores, on which seven processes of Winnow and five nodes of Ray run
            **self.settings,
        }
        self.config.write_text(yaml.safe_dump(config), encoding="utf-8")

    def _ray(self, *arguments: str, host: Host) -> list[str]:
        ray = Path(sys.executable).with_name("ray")
        own = (
            f"--node-ip-address={host.address}",
            "--object-store-memory=80000000",
            "--disable-usage-stats",
            "--block",
        )
        return [str(ray), "start", *own, *(("--include-dashboard=false",) if "--head" in arguments else ()), *arguments]

    def _supervise(self, host: Host, command: Sequence[str], environment: dict[str, str] | None = None) -> None:
        log = self.root / f"{host.name}.log"
        host.start(
            ["bash", "-c", _SUPERVISED, "supervised", *command], log, {**self.environment, **(environment or {})}
        )

    @property
    def environment(self) -> dict[str, str]:
        disk = str(DISK)
        return {
            "HOME": disk,
            "TMPDIR": disk,
            "RAY_TMPDIR": disk,
            "RAY_worker_niceness": "0",
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": _TOKEN,
            "PYTHONPATH": str(ROOT),
        }


def wait_for(condition: Callable[[], object], seconds: float, period: float = 0.2) -> None:
    """Wait until something is so. TimeoutError."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError(f"{seconds} s were not enough")
        time.sleep(period)
