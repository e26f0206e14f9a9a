"""Old publications leave the storage with what only they name; nothing goes that somebody needs or writes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import fsspec
import pytest

from engine.cluster.published.pruning import Pruned, prune_publications
from engine.cluster.published.publication import read_current, read_publication
from engine.cluster.published.publishing import publish, pull
from engine.errors import CollectionNotFound, StoreDamaged, UsageError, WriterBusy
from engine.store.backups import underway
from engine.store.backups.backup import back_up, object_name
from engine.store.backups.depot import Depot
from engine.store.backups.restore import restore
from engine.store.backups.underway import removing, writing
from engine.store.writer import open_writer
from tests.conftest import Outcome, Winnow
from tests.support.stores import batch, config, stored
from tests.unit.cluster.site import steps_of_depots

LATER = datetime.now(UTC) + timedelta(days=8)


@pytest.fixture(params=["path", "memory"])
def depot(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Depot]:
    if request.param == "memory":
        yield Depot(f"memory://{uuid4().hex}/shared")
        fsspec.filesystem("memory").store.clear()
    else:
        yield Depot(str(tmp_path / "shared"))


def add(home: Path, name: str, *deletes: str) -> None:
    with open_writer(home, "docs", config()) as writer:
        writer.commit(batch(stored(name, f"text of {name}. " * 5)), deletes=list(deletes))


@pytest.fixture
def made(home: Path, depot: Depot) -> list[str]:
    """The ids of five publications of a collection that changed each time, the oldest first."""
    found = []
    for number in range(5):
        add(home, f"d{number}", *([f"d{number - 1}"] if number else []))
        found.append(publish(home, "docs", depot.address, shards=2).publication.id)
    return found


def there(depot: Depot) -> set[str]:
    return {name.removesuffix(".json") for name in depot.names("cluster/docs") if name.endswith(".json")} - {"current"}


def objects(depot: Depot) -> set[str]:
    return {name for folder in depot.names("objects") for name in depot.names(f"objects/{folder}")}


def named(depot: Depot, *publications: str) -> set[str]:
    found = [read_publication(depot, "docs", one) for one in publications]
    files = {file.sha256 for one in found for file in one.stored.files}
    return files | {file.sha256 for one in found for file in one.statistics.values()}


def prune(depot: Depot, **changes: Any) -> Pruned:
    return prune_publications(depot, "docs", **{"now": LATER, **changes})


def test_the_current_one_and_those_before_it_stay(depot: Depot, made: list[str], tmp_path: Path) -> None:
    needed = named(depot, *made[-2:])
    assert prune(depot, now=datetime.now(UTC)).removed.listings == ()  # all of them are young
    told = prune(depot, dry_run=True)
    assert there(depot) == set(made)
    done = prune(depot)
    assert (set(done.removed.listings), list(done.kept)) == (set(made[:-2]), made[-2:])
    assert told == done and done.removed.objects > 0 and done.removed.bytes > 0
    assert there(depot) == set(made[-2:]) and objects(depot) == needed
    assert prune(depot).removed.listings == ()
    assert prune(depot, keep=0).removed.listings == (made[-2],)
    assert objects(depot) == named(depot, made[-1])
    pull(tmp_path / "there", "docs", depot.address)


def test_one_that_gave_way_lately_stays(depot: Depot, made: list[str], home: Path) -> None:
    """What counts is when another took its place, not when it was made."""
    add(home, "late")
    latest = publish(home, "docs", depot.address).publication
    moment = datetime.fromisoformat(latest.stored.created_at) + timedelta(hours=1)
    done = prune(depot, keep=0, lately=timedelta(hours=2), now=moment)
    assert done.removed.listings == ()
    assert set(prune(depot, keep=2, lately=timedelta(0), now=moment).removed.listings) == set(made[:-2])


def test_an_older_generation_that_is_current_stays(depot: Depot, home: Path) -> None:
    add(home, "a")
    first = publish(home, "docs", depot.address).publication
    add(home, "b")
    second = publish(home, "docs", depot.address).publication
    depot.write("cluster/docs/current.json", pointer(depot, first.id))
    assert prune(depot, keep=0).removed.listings == (second.id,)
    assert read_current(depot, "docs") == first


def pointer(depot: Depot, publication: str) -> bytes:
    import hashlib

    from engine.store.sealed import seal

    data = depot.read(f"cluster/docs/{publication}.json", 1 << 28)
    return seal({"publication": publication, "sha256": hashlib.sha256(data).hexdigest()})


def test_what_a_backup_names_stays(depot: Depot, made: list[str], home: Path, tmp_path: Path) -> None:
    back_up(home, "docs", depot.address)
    add(home, "more")
    publish(home, "docs", depot.address)
    prune(depot, keep=0)
    restore(tmp_path / "there", depot.address)


def test_what_cannot_be_read_stays_with_its_objects(depot: Depot, made: list[str]) -> None:
    data = depot.read(f"cluster/docs/{made[0]}.json", 1 << 28)
    depot.write(f"cluster/docs/{made[0]}.json", data.replace(b'"generation"', b'"generatiom"', 1))
    kept = {file.sha256 for file in read_publication(depot, "docs", made[1]).stored.files} & objects(depot)
    prune(depot, keep=0)
    assert made[0] in there(depot) and made[1] not in there(depot) and kept
    depot.write("cluster/docs/current.json", b"{}")
    with pytest.raises(StoreDamaged):
        prune(depot, keep=0)
    with pytest.raises(CollectionNotFound):
        prune_publications(depot, "other")
    for wrong in ({"keep": -1}, {"lately": timedelta(days=-1)}):
        with pytest.raises(UsageError):
            prune(depot, **wrong)


def test_one_that_was_cut_short_anywhere_is_gone_on_with(
    depot: Depot, made: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    left = steps_of_depots(monkeypatch)
    for steps in range(60):  # more than it takes
        left[0] = steps
        with suppress(KeyboardInterrupt):
            prune(depot, keep=0)
            break
    monkeypatch.undo()
    assert there(depot) == {made[-1]} and objects(depot) == named(depot, made[-1])
    pull(tmp_path / "there", "docs", depot.address)


def test_nothing_is_removed_while_something_is_written(depot: Depot, made: list[str]) -> None:
    with writing(depot, "a publication"), pytest.raises(WriterBusy, match="a publication"):
        prune(depot)
    assert there(depot) == set(made)
    assert prune(depot).removed.listings


def test_what_is_published_meanwhile_waits_and_is_whole(
    depot: Depot, made: list[str], home: Path, tmp_path: Path
) -> None:
    """An older generation comes back just while its objects go."""
    gone = read_publication(depot, "docs", made[0])
    lost = next(file for file in gone.stored.files if file.sha256 not in named(depot, *made[1:]))
    waits = threading.Event()
    published = list[Any]()

    def wait(_: float) -> None:
        waits.set()

    def again() -> None:
        with writing(depot, "a publication", sleep=wait):
            published.append(depot.size(object_name(lost.sha256)))

    with removing(depot, "old files"):
        thread = threading.Thread(target=again)
        thread.start()
        assert waits.wait(60) and not published
        depot.remove(object_name(lost.sha256))
    thread.join(60)
    assert published == [None]  # it sees what is there once the removal has ended


def test_a_note_of_what_was_killed_counts_for_a_while(depot: Depot, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind, days in (("writing", 8), ("removing", 1)):
        at = (datetime.now(UTC) - timedelta(days=days)).isoformat()
        depot.write(f"underway/{kind}-old.json", f'{{"by": "somebody", "at": "{at}"}}'.encode())
    with removing(depot, "old files"):
        pass
    with writing(depot, "a publication"):
        pass
    depot.write("underway/writing-odd.json", b"{")  # who knows what it means
    with pytest.raises(WriterBusy, match=r"writing-odd\.json"), removing(depot, "old files"):
        pass


def test_who_removes_for_long_says_that_it_is_still_at_work(depot: Depot, monkeypatch: pytest.MonkeyPatch) -> None:
    written = list[str]()
    monkeypatch.setattr(underway, "_LEASE", -1.0)
    with removing(depot, "old files") as going_on:
        write = Depot.write
        monkeypatch.setattr(Depot, "write", lambda self, name, data: (written.append(name), write(self, name, data)))
        going_on()
    assert len(written) == 1 and written[0].startswith("underway/removing-")
    assert depot.names("underway") == []


def test_the_command(home: Path, winnow: Winnow, tmp_path: Path) -> None:
    shared = tmp_path / "shared"

    def run(*arguments: object) -> Outcome:
        return winnow("cluster", "prune", "docs", shared, *arguments)

    for name in ("a", "b", "c"):
        add(home, name)
        publish(home, "docs", str(shared))
    assert "0 files" in run().out
    told = run("--days", 0, "--keep", 0, "--dry-run", "--json").json
    assert len(told["removed"]) == 2 and told["dry_run"] and told["files"] > 0
    done = run("--days", 0, "--keep", 0)
    assert done.out.count("removed") == 3 and "stays" in done.out
    assert winnow("cluster", "prune", "nothing", shared).code == 2
    assert run("--keep", -1).code == 2
