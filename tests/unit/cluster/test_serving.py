"""Publications become what requests see, replicas are looked after, and HTTP says what is missing. Without Ray."""

from __future__ import annotations

from concurrent.futures import Future
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.service.service import Service
from api.serving.app import create_app
from engine.cluster.generation import ClusterGeneration
from engine.cluster.serving.keeping import MISSES, SILENT, Keeper
from engine.cluster.serving.load import Patience
from engine.cluster.serving.serving import Serving
from engine.collection import open_collection
from engine.errors import DiskFull, NotInCluster, UsageError, WriterBusy
from engine.models import LocalModels
from engine.query.pipeline import Request
from engine.store.writer import open_writer
from tests.conftest import Outcome, Winnow
from tests.unit.cluster.site import ADDRESS, Site


def test_a_dead_replica_costs_nothing_and_a_sick_one_is_made_again(site: Site, service: Service) -> None:
    whole = service.searching.search("c", Request("river"))
    victim = site.replicas[0][0]
    victim.server = None
    found = service.searching.search("c", Request("river"))
    assert not found.partial and [hit.document.id for hit in found.hits] == [hit.document.id for hit in whole.hits]
    for _ in range(SILENT):
        assert victim.restarts == 0
        site.keeper.look()
    site.keeper.look()  # it begins with nothing, and is told what to serve
    assert victim.restarts == 1 and victim.check().result()["loaded"] == site.serving.status()["c"]


def test_replicas_that_are_all_slow_are_let_be(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    keeper = Keeper(site.serving, {"c": site.replicas}, patience=0.0)
    first, second = site.replicas[1]
    for replica in (first, second):
        monkeypatch.setattr(replica, "check", Future)
    for _ in range(2 * SILENT):
        keeper.look()
    assert (first.restarts, second.restarts) == (0, 0)
    monkeypatch.setattr(second, "check", lambda: second._do("check_health"))
    keeper.look()
    assert (first.restarts, second.restarts) == (1, 0)


def test_one_that_copies_for_long_is_let_be_and_told_once(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    copying = site.replicas[0][0]
    copying.restart()
    told, running = list[str](), Future[list[str]]()

    def load(publication: str) -> Future[list[str]]:
        told.append(publication)
        return running

    monkeypatch.setattr(copying, "load", load)
    for _ in range(2 * SILENT):
        site.keeper.look()
    assert told == site.serving.status()["c"] and copying.restarts == 1
    monkeypatch.undo()
    running.set_result(copying.load(told[0]).result())
    site.keeper.look()
    assert copying.check().result()["loaded"] == told and copying.restarts == 1


def test_one_that_cannot_load_lives_and_is_told_again_more_and_more_rarely(
    site: Site, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = site.replicas[1][1]
    full.restart()
    told, looks, failing = list[int](), count(), DiskFull("There is no room.", "Free some space.")

    def load(publication: str) -> Future[list[str]]:
        told.append(look)
        future: Future[list[str]] = Future()
        future.set_exception(failing)
        return future

    monkeypatch.setattr(full, "load", load)
    while (look := next(looks)) < 80:
        site.keeper.look()
    assert told == [0, 2, 6, 14, 30, 62]
    assert full.restarts == 1 and full.check().result()["loaded"] == []
    assert not service.searching.search("c", Request("river")).partial
    monkeypatch.undo()
    for _ in range(32):
        site.keeper.look()
    assert full.check().result()["loaded"] == site.serving.status()["c"]


def test_a_damaged_copy_is_noticed_and_the_other_replica_answers(site: Site, service: Service) -> None:
    victim = site.replicas[0][0]
    assert victim.server is not None
    [root] = Path(victim.server._copy.folder).glob("collections/*")
    file = next(root.glob("segments/*/documents.arrow"))
    file.write_bytes(bytes(len(file.read_bytes())))
    assert victim.check().exception() is not None
    found = service.searching.search("c", Request("river", 40))
    assert found.hits and not found.partial
    for _ in range(MISSES + 1):
        site.keeper.look()
    assert victim.check().result()["loaded"] == site.serving.status()["c"]
    assert victim.check().exception() is None  # made again, it copied what did not match


def test_http_says_what_is_missing(site: Site, service: Service) -> None:
    with TestClient(create_app(service), ADDRESS) as http:
        url = "/v1/collections/c/search"
        whole = http.post(url, json={"query": "river", "require_complete": True}).json()
        assert (whole["partial"], whole["failed_shards"]) == (False, [])
        with open_collection("c", home=site.home) as single:
            ids = [hit.document.id for hit in single.search("river").hits]
        assert [hit["document_id"] for hit in whole["hits"]] == ids
        site.kill(1)
        part = http.post(url, json={"query": "river"}).json()
        assert (part["partial"], part["failed_shards"]) == (True, [1]) and "shards" in part["degraded"]
        refused = http.post(url, json={"query": "river", "require_complete": True})
        assert (refused.status_code, refused.json()["code"]) == (503, "incomplete")
        assert int(refused.headers["retry-after"]) >= 1
        site.kill(0)
        assert http.post(url, json={"query": "river"}).status_code == 503


def test_what_a_cluster_does_not_do_is_said(site: Site, service: Service) -> None:
    with TestClient(create_app(service), ADDRESS) as http:
        assert [one["name"] for one in http.get("/v1/collections").json()["collections"]] == ["c"]
        assert http.delete("/v1/collections/c").json()["code"] == "not_in_cluster"
    with pytest.raises(WriterBusy):
        open_writer(site.front, "c")
    with site.open("c", home=site.front, generation=None, models=LocalModels()) as opened:
        assert isinstance(opened.generation, ClusterGeneration)
        place = opened.generation.find("d001")
        assert place is not None and opened.generation.document(*place).id == "d001"
        with pytest.raises(NotInCluster):
            list(opened.generation.segments)


def test_a_home_with_documents_of_its_own_is_refused(site: Site) -> None:
    other = Serving(site.address, site.home, site.front / "other", Patience())
    with pytest.raises(UsageError, match="a home of its own"):
        other.serve("c", site.replicas, other.current("c"))


def test_the_commands_publish_and_pull(site: Site, winnow: Winnow, tmp_path: Path) -> None:
    def run(*arguments: object) -> Outcome:
        return winnow("cluster", *arguments)

    done = run("publish", "c", tmp_path / "depot", "--shards", 3, "--home", site.home, "--json").json
    assert len(done["chunks_of_shards"]) == 3 and min(done["chunks_of_shards"]) > 0 and done["copied"] > 0
    again = run("publish", "c", tmp_path / "depot", "--home", site.home)
    assert "0 files copied" in again.out and "shard 2" in again.out
    there = tmp_path / "there"
    pulled = run("pull", "c", tmp_path / "depot", "--name", "d", "--home", there, "--json").json
    assert (pulled["collection"], pulled["documents"]) == ("d", 40)
    asked = ("search", "the river", "--json", "-c")
    one, other = (winnow(*asked, name, "--home", home).json for name, home in (("c", site.home), ("d", there)))
    assert [hit["document_id"] for hit in one["hits"]] == [hit["document_id"] for hit in other["hits"]]
    unknown = run("pull", "nothing", tmp_path / "depot", "--home", there)
    assert unknown.code == 2 and "published there: c." in unknown.err
    assert "published there: nothing." in run("pull", "c", tmp_path / "empty", "--home", there).err


def test_serving_without_ray_names_the_extra(tmp_path: Path, winnow: Winnow, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    for name in ("api.cluster", "engine.cluster.serving.actors", "engine.cluster.serving.holding"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "ray", None)
    (tmp_path / "cluster.yaml").write_text("address: /shared\ncollections: [c]\nhome: /front\nfolder: /copies\n")
    for command in ("serve", "status"):
        said = winnow("cluster", command, tmp_path / "cluster.yaml")
        assert said.code == 1 and "winnow-search[cluster]" in said.err


def test_few_files_know_ray() -> None:
    root = Path(__file__).parents[3]
    sources = [path for part in ("engine", "indexer", "api") for path in (root / part).rglob("*.py")]
    naming = {str(path.relative_to(root)) for path in sources if "import ray" in path.read_text("utf-8")}
    serving = {"engine/cluster/serving/actors.py", "engine/cluster/serving/holding.py"}
    assert naming == {*serving, "indexer/cluster_ingest/on_ray.py"}


def test_everything_is_closed(site: Site) -> None:
    with ExitStack() as stack:
        opened = stack.enter_context(site.open("c", home=site.front, generation=None, models=LocalModels()))
        assert opened.generation.manifest.segments
    assert not opened.searcher.generation._lock.held
