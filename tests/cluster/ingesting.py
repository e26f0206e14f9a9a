"""An ingest on the hosts of a cluster, by a process on the machine in front, and what is right for it."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from engine.collection import open_collection
from engine.query.pipeline import Request
from indexer.ingest import ingest
from tests.cluster.answers import differences
from tests.cluster.hosts import DISK
from tests.cluster.site import FRONT, Site
from tests.support.documents import topical, write_records

_NAME, _DOCUMENTS, _PARTITION = "ingested", 400, 3_000
QUESTIONS = ("the bridge of the city", "river", "document 77", '"the river and the bridge"', "brigde", "tags:odd food")
# As `winnow cluster ingest`, whose smallest partition is a megabyte.
_COMMAND = """
import json, sys
from functools import partial
from pathlib import Path
from indexer.cluster_ingest.on_ray import on_ray
from indexer.cluster_ingest.run import cluster_ingest
given = json.loads(sys.argv[1])
ray = given.pop("ray")
given |= {"paths": [Path(path) for path in given["paths"]], "home": Path(given["home"])}
cluster_ingest(run=partial(on_ray, address=ray, cpus=1), **given)
"""


class Ingest:
    """An ingest into a collection of its own."""

    def __init__(self, site: Site) -> None:
        self._site, self._address = site, site.root / "ingested"
        self._file = write_records(site.root / "ingested.jsonl", topical(_DOCUMENTS))
        self._encoder, self._reranker = site.models.split(",")

    def start(self) -> None:
        """Start the command."""
        site = self._site
        site.host(FRONT).start(self._command(), site.root / "ingest.log", site.environment)

    def finish(self) -> None:
        """Run the command to its end."""
        self._site.host(FRONT).run(*self._command(), environment=self._site.environment, seconds=600)

    def parts(self) -> set[str]:
        """The parts that are on the storage."""
        return {path.stem for path in (self._address / "parts").rglob("*.json")}

    def check(self) -> None:
        """Every document is there once, and answers are those of a single machine. AssertionError."""
        site = self._site
        ingest([self._file], home=site.home, collection=_NAME, encoder=self._encoder, reranker=self._reranker)
        home = site.root / "disks" / FRONT / "driver"
        differing = differences(_told(home), _told(site.home))
        assert not differing, differing

    def _command(self) -> list[str]:
        given = {
            "paths": [str(self._file)],
            "home": str(DISK / "driver"),
            "collection": _NAME,
            "address": str(self._address),
            "encoder": self._encoder,
            "reranker": self._reranker,
            "partition_bytes": _PARTITION,
            "ray": self._site.ray,
        }
        return [sys.executable, "-P", "-c", _COMMAND, json.dumps(given)]


def _told(home: Path) -> list[dict[str, Any]]:
    with open_collection(_NAME, home=home) as collection:
        assert collection.generation.manifest.living.documents == _DOCUMENTS
        found = [collection.search(Request(query, 20)) for query in QUESTIONS]
    return [asdict(replace(result, timings_ms={}, began_ms={}, generation=0)) for result in found]
