"""Ingest by Ray's workers: the answers of one machine, whoever is killed on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from engine.collection import open_collection
from engine.query.pipeline import Request
from engine.types import SearchResult
from indexer.ingest import ingest
from tests.conftest import Models
from tests.support.documents import topical, write_records

pytest.importorskip("ray")
psutil: Any = pytest.importorskip("psutil")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(500)]

QUESTIONS = ("the bridge of the city", "river", "document 77", '"the river and the bridge"', "brigde", "tags:odd food")
SMALL = 2_500  # bytes of a partition


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_records(tmp_path / "notes.jsonl", topical(160))


def told(home: Path) -> list[SearchResult]:
    with open_collection("c", home=home) as collection:
        found = [collection.search(Request(query, 20, rankings=True)) for query in QUESTIONS]
    return [replace(result, timings_ms={}, began_ms={}, generation=0) for result in found]


def arguments(file: Path, tmp_path: Path, models: Models) -> dict[str, Any]:
    return {
        "paths": [file],
        "home": tmp_path / "driver",
        "collection": "c",
        "address": str(tmp_path / "shared"),
        "encoder": models.encoder,
        "reranker": models.reranker,
        "partition_bytes": SMALL,
    }


def parts(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "shared" / "parts").rglob("*.json"))


def wait_for(condition: Callable[[], object]) -> None:
    until = time.monotonic() + 200
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_killed_worker_costs_its_partition_and_no_document(file: Path, tmp_path: Path, models: Models) -> None:
    from indexer.cluster_ingest.on_ray import on_ray
    from indexer.cluster_ingest.run import cluster_ingest

    killed: list[int] = []

    def kill_one() -> None:
        """End a worker that is at work, once one partition is done."""
        wait_for(lambda: parts(tmp_path))
        for process in psutil.Process().children(recursive=True):
            if "ray::make_part" in " ".join(process.cmdline()):
                os.kill(process.pid, signal.SIGKILL)
                killed.append(process.pid)
                return

    killer = threading.Thread(target=kill_one)
    killer.start()
    done = cluster_ingest(run=partial(on_ray, address=None, cpus=1), **arguments(file, tmp_path, models))
    killer.join()
    assert killed
    ingest([file], home=tmp_path / "one", collection="c", encoder=models.encoder, reranker=models.reranker)
    assert (done.report.added, done.report.updated) == (160, 0)
    assert len(parts(tmp_path)) == done.made > 8
    assert told(tmp_path / "driver") == told(tmp_path / "one")


DRIVER = """
import json, sys
from functools import partial
from pathlib import Path
from indexer.cluster_ingest.on_ray import on_ray
from indexer.cluster_ingest.run import cluster_ingest
given = json.loads(sys.argv[1])
given |= {"paths": [Path(path) for path in given["paths"]], "home": Path(given["home"])}
cluster_ingest(run=partial(on_ray, address=None, cpus=1), **given)
"""


def test_a_killed_driver_is_gone_on_with(file: Path, tmp_path: Path, models: Models) -> None:
    from indexer.cluster_ingest.parts import Job, make_part
    from indexer.cluster_ingest.run import cluster_ingest

    given = arguments(file, tmp_path, models)
    said = json.dumps({**given, "paths": [str(file)], "home": str(given["home"])})
    driver = subprocess.Popen([sys.executable, "-c", DRIVER, said], start_new_session=True)
    try:
        wait_for(lambda: len(parts(tmp_path)) >= 2)
    finally:
        os.killpg(driver.pid, signal.SIGKILL)  # and what Ray has started for it
        driver.wait()
    there = {path.stem for path in parts(tmp_path)}

    def rest(jobs: Sequence[Job]) -> Any:
        assert not {job.name for job in jobs} & there
        return map(make_part, jobs)

    done = cluster_ingest(run=rest, **given)
    assert (done.report.added, done.report.updated) == (160, 0)
    assert done.known >= 2
    ingest([file], home=tmp_path / "one", collection="c", encoder=models.encoder, reranker=models.reranker)
    assert told(tmp_path / "driver") == told(tmp_path / "one")
