"""Which publication is served: new ones are switched to, what is wrong with one is said, and copies are a replica's own."""

from __future__ import annotations

import shutil
from concurrent.futures import Future
from functools import partial
from itertools import count
from pathlib import Path
from threading import Event, Thread
from time import sleep

import pytest

from api.service.service import Service
from engine.cluster.published.publishing import publish
from engine.cluster.searcher import open_served
from engine.cluster.serving.load import Patience
from engine.cluster.serving.replica import ReplicaServer
from engine.cluster.serving.serving import Serving
from engine.errors import DiskFull, GenerationExpired, Incomplete, WriterBusy
from engine.models import LocalModels
from engine.query.pipeline import Request
from engine.store.backups.backup import object_name
from engine.store.generation import open_generation
from engine.store.writer import open_writer
from tests.unit.cluster.site import SHARDS, Process, Site


def test_a_new_publication_is_seen_by_the_next_request(site: Site, service: Service) -> None:
    before = service.searching.search("c", Request("river", 40, pageable=True, collapse=True))
    page = service.searching.search("c", Request("river", 3, pageable=True)).cursor
    with open_writer(site.home, "c") as writer:
        writer.commit(None, deletes=["d008", "d016"])
    publish(site.home, "c", site.address)
    assert service.searching.search("c", Request("river")).generation == before.generation
    site.keeper.look()
    after = service.searching.search("c", Request("river", 40, collapse=True))
    assert after.generation > before.generation
    gone = {hit.document.id for hit in before.hits} - {hit.document.id for hit in after.hits}
    assert gone == {"d008", "d016"}
    assert page is not None and service.searching.page("c", page, None).generation == before.generation
    for deleted in ("d024", "d032"):  # two more: the first is not kept any longer
        with open_writer(site.home, "c") as writer:
            writer.commit(None, deletes=[deleted])
        publish(site.home, "c", site.address)
        site.keeper.look()
    assert len(site.serving.status()["c"]) == 2
    service.readers.close()
    with pytest.raises(GenerationExpired):
        service.searching.page("c", page, None)


def test_a_publication_that_no_replica_can_load_is_not_shown(site: Site, service: Service) -> None:
    present = service.searching.search("c", Request("river")).generation
    with open_writer(site.home, "c") as writer:
        writer.commit(None, deletes=["d008"])
    known = {file.sha256 for file in site.serving.current("c").stored.files}
    made = publish(site.home, "c", site.address).publication
    new = max((file for file in made.stored.files if file.sha256 not in known), key=lambda file: file.size)
    path = Path(site.address) / object_name(new.sha256)
    whole = path.read_bytes()
    path.write_bytes(b"x" * len(whole))
    site.keeper.look()
    assert service.searching.search("c", Request("river")).generation == present
    path.write_bytes(whole)
    site.keeper.look()
    assert service.searching.search("c", Request("river")).generation > present


def commit(site: Site, *deletes: str) -> None:
    with open_writer(site.home, "c") as writer:
        writer.commit(None, deletes=list(deletes))


def test_statistics_that_are_damaged_are_not_shown(site: Site, service: Service) -> None:
    present = service.searching.search("c", Request("river")).generation
    commit(site, "d008")
    made = publish(site.home, "c", site.address).publication
    path = Path(site.address) / object_name(made.statistics["terms"].sha256)
    whole = path.read_bytes()
    path.write_bytes(b"x" * len(whole))
    site.keeper.look()
    service.readers.close()
    assert service.searching.search("c", Request("river")).generation == present
    path.write_bytes(whole)
    site.keeper.look()
    assert service.searching.search("c", Request("river")).generation > present


def test_what_is_wrong_with_a_publication_is_said_once_and_tried_more_and_more_rarely(
    site: Site, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(site, "d008")
    publish(site.home, "c", site.address)
    told, looks = list[int](), count()

    def refuse(publication: str) -> Future[list[str]]:
        told.append(look)
        future: Future[list[str]] = Future()
        future.set_exception(DiskFull("There is no room.", ""))
        return future

    for replica in site.replicas[0]:
        monkeypatch.setattr(replica, "load", refuse)
    while (look := next(looks)) < 40:
        site.keeper.follow()
    assert told == [one for one in (0, 1, 3, 7, 15, 31) for _ in range(2)]
    assert caplog.text.count("The publication of c that is served stays") == 1
    monkeypatch.undo()
    commit(site, "d016")  # another is tried at once
    newest = publish(site.home, "c", site.address).publication
    site.keeper.follow()
    assert site.serving.status()["c"][-1] == newest.id


def test_the_same_documents_published_again_and_older_ones_are_not_switched_to(
    site: Site, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    first = service.searching.search("c", Request("river"))
    present = site.serving.status()["c"]
    publish(site.home, "c", site.address, shards=3)
    publish(site.home, "c", site.address, shards=SHARDS)
    for _ in range(3):
        site.keeper.look()
    assert site.serving.status()["c"] == present and "stays" not in caplog.text
    commit(site, "d001")
    publish(site.home, "c", site.address)
    site.keeper.look()
    later = site.serving.status()["c"]
    publish(site.home, "c", site.address, generation=first.generation)
    for _ in range(3):
        site.keeper.look()
    assert site.serving.status()["c"] == later and "older generation" in caplog.text
    assert service.searching.search("c", Request("river")).generation > first.generation


def test_a_service_that_starts_again_with_other_shards_reads_the_same_documents(site: Site) -> None:
    def told(serving: Serving) -> list[str]:
        shell = open_generation(site.front, "c", None)
        with open_served(shell, serving.cluster(shell), LocalModels()).for_one_request() as opened:
            rows = opened.generation.contents.following(0, 0, 100)
            return [document.id for document in opened.generation.contents.documents(rows)]

    before = told(site.serving)
    assert len(before) == 40
    site.serving.close()
    made = publish(site.home, "c", site.address, shards=5).publication
    other = Serving(site.address, site.front, site.front / "statistics", Patience(hedge=30.0, deadline=60.0))
    folder = site.front / "copies"
    parts = [
        [Process(f"c/{n}/0", partial(ReplicaServer, site.address, "c", n, str(folder / str(n))))] for n in range(5)
    ]
    other.serve("c", parts, made)
    assert sorted(told(other)) == sorted(before)
    other.close()


def test_replicas_are_looked_after_while_a_publication_is_copied(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(site, "d008")
    made = publish(site.home, "c", site.address).publication
    copying: Future[list[str]] = Future()
    began = Event()

    def load(publication: str) -> Future[list[str]]:
        if publication != made.id:
            return site.replicas[0][0]._do("load", publication)
        began.set()
        return copying

    monkeypatch.setattr(site.replicas[0][0], "load", load)
    other = site.replicas[1][1]
    running = Thread(target=site.keeper.run, args=(0.01,))
    running.start()
    assert began.wait(60)
    other.restart()  # it has nothing
    while not other.check().result()["loaded"]:
        sleep(0.01)
    assert made.id not in site.serving.status()["c"]
    site.keeper.end()  # and nobody waits for the copy any more
    running.join(60)
    assert not running.is_alive() and made.id not in site.serving.status()["c"]


def test_a_replica_says_how_it_is_while_it_loads(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(site, "d008")
    made, server = publish(site.home, "c", site.address).publication, site.replicas[0][0].server
    assert server is not None
    [(present, (_, shard))] = server._loaded.items()
    monkeypatch.setattr(shard, "check", lambda: server.load(made.id))
    assert server.check_health()["loaded"] == [present, made.id]


def test_a_replica_says_why_it_has_not_loaded(site: Site, service: Service) -> None:
    made = site.serving.current("c")
    file = max(made.files_of(1), key=lambda file: file.size)
    path = Path(site.address) / object_name(file.sha256)
    for replica in site.replicas[1]:
        assert replica.server is not None
        shutil.rmtree(replica.server._copy.folder)
        replica.restart()
    path.write_bytes(bytes(path.stat().st_size))
    site.keeper.look()
    for replica in site.replicas[1]:
        assert "is damaged" in replica.check().result()["failing"][made.id]
    found = service.searching.search("c", Request("river"))
    assert (found.failed_shards, found.failed_reasons) == ((1,), ("not_loaded",))
    with pytest.raises(Incomplete, match="is damaged"):
        service.searching.search("c", Request("river", require_complete=True))


def test_a_copy_that_another_service_uses_is_left_to_it(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.cluster.serving.disk._ENDING", 0.0)
    owner = site.replicas[0][0].server
    assert owner is not None
    made = site.serving.current("c")
    other = ReplicaServer(site.address, "c", 0, str(owner._copy.folder))
    with pytest.raises(WriterBusy, match="`folder` of its own"):
        other.load(made.id)
    assert "Another replica" in other.check_health()["failing"][made.id]
    assert owner.check_health()["loaded"] == [made.id]


def test_what_is_left_of_copies_that_were_cut_short_goes(site: Site) -> None:
    replica = site.replicas[0][0].server
    assert replica is not None
    folder = replica._copy.folder
    [root] = folder.glob("collections/*")
    (root / "incoming" / f"{'0' * 64}.1").write_text("half of a file")
    other = folder / "collections" / ("0" * 32)
    (other / "segments").mkdir(parents=True)
    replica.keep(site.serving.status()["c"])
    assert not any((root / "incoming").iterdir()) and not other.exists()
    assert replica.check_health()["loaded"] == site.serving.status()["c"]
