"""Publishing to shared storage and back: whole or not there, little copied twice, names checked before they are paths."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import fsspec
import pytest

from engine.cluster.published.assignment import assign
from engine.cluster.published.publication import read_current
from engine.cluster.published.publishing import publish, pull
from engine.cluster.published.statistics import PublishedStatistics, read_words
from engine.errors import CollectionNotFound, StoreDamaged, UsageError
from engine.store.backups.backup import list_backups, object_name
from engine.store.backups.depot import Depot
from engine.store.generation import open_generation
from engine.store.manifest import LivingTotals, SegmentEntry
from engine.store.repair.verify import verify
from engine.store.sealed import seal, unseal
from engine.store.writer import open_writer
from tests.support.stores import batch, config, contents, stored, vectors_of


@pytest.fixture(params=["path", "memory"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "memory":
        yield f"memory://{uuid4().hex}/shared"
        fsspec.filesystem("memory").store.clear()
    else:
        yield str(tmp_path / "shared")


@pytest.fixture
def filled(home: Path) -> Path:
    """Twelve documents in two segments, one of them deleted."""
    with open_writer(home, "docs", config()) as writer:
        writer.commit(batch(*(stored(f"a{number}", f"number {number} of many words. " * 4) for number in range(9))))
        writer.commit(batch(*(stored(f"b{number}", year=number) for number in range(3))), deletes=["a4"])
    return home


def read(home: Path, name: str = "docs") -> Any:
    with open_generation(home, name) as generation:
        return contents(generation), generation.manifest.living, generation.manifest.generation


@pytest.mark.parametrize("shards", [1, 2, 5])
def test_what_was_published_comes_back_as_the_same_collection(
    shards: int, filled: Path, address: str, tmp_path: Path
) -> None:
    made = publish(filled, "docs", address, shards=shards)
    assert len(made.publication.shards) == shards and all(made.publication.shards)
    there = tmp_path / "there"
    assert pull(there, "docs", address).name == "docs"
    assert read(there) == read(filled)
    assert verify(there, "docs").problems == ()
    with open_writer(there, "docs", config()) as writer:  # and it goes on
        writer.commit(batch(stored("d")))
    assert pull(there, "docs", address, to="again").name == "again"
    assert list_backups(address) == []  # a publication is no backup


def test_parts_of_a_segment_have_its_passages_and_vectors(filled: Path, address: str, tmp_path: Path) -> None:
    publish(filled, "docs", address, shards=4)
    pull(tmp_path, "docs", address)
    with open_generation(tmp_path, "docs") as generation:
        assert len(generation.segments) > 4
        for segment in generation.segments:
            texts = [segment.passage(row)[1].text for row in range(segment.rows)]
            kept = segment.vectors.int8[:] * segment.vectors.scale[:, None]
            assert abs(kept - vectors_of(texts)).max() < 0.05


def test_publishing_again_copies_what_is_new(filled: Path, address: str) -> None:
    first = publish(filled, "docs", address, shards=3).publication
    again = publish(filled, "docs", address)
    assert (again.copied, again.publication.shards) == (0, first.shards)
    with open_writer(filled, "docs") as writer:
        writer.commit(batch(stored("c")))
    third = publish(filled, "docs", address)
    before = {segment: shard for shard, part in enumerate(first.shards) for segment in part}
    after = {segment: shard for shard, part in enumerate(third.publication.shards) for segment in part}
    new = after.keys() - before.keys()
    assert len(new) == 1 and all(after[segment] == shard for segment, shard in before.items())
    listed = [file for file in third.publication.stored.files if set(file.path.split("/")) & new]
    assert 0 < third.copied <= len(listed)


def test_a_publication_never_changes_under_its_name(
    filled: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One generation is published by two commands at once, which end in another order than they began."""
    kept = list[tuple[str, bytes]]()
    write = Depot.write

    def later(self: Depot, name: str, data: bytes) -> None:
        if name.endswith("current.json") and not kept:
            kept.append((name, data))
        else:
            write(self, name, data)

    monkeypatch.setattr(Depot, "write", later)
    monkeypatch.setattr("engine.cluster.published.publishing.now", iter(["2026-01-01", "2026-01-02"]).__next__)
    slow = publish(filled, "docs", address, shards=2).publication
    quick = publish(filled, "docs", address, shards=2).publication
    depot = Depot(address)
    assert read_current(depot, "docs") == quick
    write(depot, *kept[0])
    assert read_current(depot, "docs") == slow != quick and slow.id != quick.id


def test_one_generation_in_other_shards_is_another_publication(filled: Path, address: str) -> None:
    two, three = (publish(filled, "docs", address, shards=shards).publication for shards in (2, 3))
    again = publish(filled, "docs", address, shards=2).publication
    assert len({one.id for one in (two, three, again)}) == 3
    assert publish(filled, "docs", address).publication == again == read_current(Depot(address), "docs")


def test_what_is_damaged_is_published_again(filled: Path, tmp_path: Path) -> None:
    shared = tmp_path / "s"
    made = publish(filled, "docs", str(shared), shards=2).publication
    largest = max(made.stored.files, key=lambda file: file.size)
    part = next(file for file in made.stored.files if file.path.endswith("segment.json"))
    for checksum in (largest.sha256, part.sha256, made.statistics["terms"].sha256):
        path = shared / object_name(checksum)
        whole = path.read_bytes()
        path.write_bytes(bytes(len(whole)))
        assert publish(filled, "docs", str(shared)).copied == 0  # who looks at sizes does not see it
        fixed = publish(filled, "docs", str(shared), check=True).publication
        pull(tmp_path / checksum, "docs", str(shared))
        listed = {file.path: file.sha256 for file in made.stored.files}
        changed = {file.path for file in fixed.stored.files if listed.get(file.path, file.sha256) != file.sha256}
        assert not changed  # no replica has two files of one name
        assert publish(filled, "docs", str(shared)).publication == fixed
        path.write_bytes(whole)
        made = fixed
    for name in ("current", None):
        (shared / "cluster" / "docs" / f"{name or made.id}.json").write_bytes(b"{}")
        with pytest.raises(StoreDamaged):
            read_current(Depot(str(shared)), "docs")
        made = publish(filled, "docs", str(shared), shards=2).publication
        pull(tmp_path / made.id, "docs", str(shared))


def test_statistics_are_those_of_the_generation(filled: Path, tmp_path: Path) -> None:
    made = publish(filled, "docs", str(tmp_path / "s"), shards=3).publication
    for name, file in made.statistics.items():
        shutil.copy(tmp_path / "s" / object_name(file.sha256), tmp_path / name)
    found = PublishedStatistics(tmp_path / "terms", made.manifest.living)
    with open_generation(filled, "docs") as generation:
        vocabularies = [segment.lexical.vocabulary for segment in generation.segments]
        terms = {"ferri", "dawn", "4", "number", "nowhere", "", "über", "uber"} | {w for v in vocabularies for w in v}
        asked = {term: generation.statistics.document_frequency(term) for term in terms}
        assert asked == {term: found.document_frequency(term) for term in terms} and any(asked.values())
        assert asked["4"] == 0  # only what was deleted held it
        assert found.chunk_count == generation.statistics.chunk_count
        assert found.body_length == generation.statistics.body_length
        assert read_words(tmp_path / "words") == sum(map(Counter, vocabularies), Counter())


def test_statistics_of_nothing(home: Path, tmp_path: Path) -> None:
    with open_writer(home, "docs", config()):
        pass
    made = publish(home, "docs", str(tmp_path / "s"), shards=2).publication
    path = tmp_path / "s" / object_name(made.statistics["terms"].sha256)
    assert PublishedStatistics(path, LivingTotals()).document_frequency("word") == 0
    pull(tmp_path / "there", "docs", str(tmp_path / "s"))
    assert read(tmp_path / "there")[0] == {}


def test_a_publication_that_was_cut_short_is_never_served(
    filled: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = publish(filled, "docs", address, shards=2).publication
    with open_writer(filled, "docs") as writer:
        writer.commit(batch(stored("c")))
    whole = Depot.write
    for last in (False, True):  # no file of its own, or no pointer to it

        def write(self: Depot, name: str, data: bytes, last: bool = last) -> None:
            if not last or name.endswith("current.json"):
                raise OSError("cut short")
            whole(self, name, data)

        monkeypatch.setattr(Depot, "write", write)
        with pytest.raises(OSError, match="cut short"):
            publish(filled, "docs", address)
        monkeypatch.undo()
        assert read_current(Depot(address), "docs").id == first.id


def test_a_damaged_object_is_never_pulled(filled: Path, tmp_path: Path) -> None:
    shared = tmp_path / "s"
    made = publish(filled, "docs", str(shared)).publication
    file = max(made.stored.files, key=lambda file: file.size)
    path = shared / object_name(file.sha256)
    path.write_bytes(path.read_bytes()[:-1] + b"~")
    with pytest.raises(StoreDamaged, match="damaged"):
        pull(tmp_path / "there", "docs", str(shared))
    path.unlink()
    with pytest.raises(StoreDamaged, match="lacks"):
        pull(tmp_path / "there", "docs", str(shared))
    with pytest.raises(CollectionNotFound):
        open_generation(tmp_path / "there", "docs")


def test_what_is_not_there_or_is_anothers(filled: Path, tmp_path: Path) -> None:
    shared = str(tmp_path / "s")
    with pytest.raises(CollectionNotFound, match="winnow cluster publish"):
        pull(tmp_path / "there", "docs", shared)
    with pytest.raises(UsageError, match="cannot name"):
        pull(tmp_path / "there", "../docs", shared)
    publish(filled, "docs", shared)
    with open_writer(tmp_path / "other", "docs", config()) as writer:
        writer.commit(batch(stored("x")))
    with pytest.raises(UsageError, match="another collection"):
        publish(tmp_path / "other", "docs", shared)
    for shards in (0, -1, 5000):
        with pytest.raises(UsageError, match="shards"):
            publish(filled, "docs", shared, shards=shards)


HOSTILE = {
    "a path for a file": lambda data: data["files"][0].__setitem__("path", "segments/../../../evil"),
    "a path for a segment of a shard": lambda data: data["shards"][0].__setitem__(0, "../../evil"),
    "a shard that lacks a segment": lambda data: data["shards"][0].pop(),
    "a segment twice": lambda data: data["shards"][1].append(data["shards"][0][0]),
    "no shards": lambda data: data.__setitem__("shards", []),
    "shards that are no list": lambda data: data.__setitem__("shards", {"0": []}),
    "a checksum that is a path": lambda data: data["statistics"]["terms"].__setitem__("sha256", "../../etc/passwd"),
    "other statistics": lambda data: data["statistics"].__setitem__("../x", data["statistics"].pop("words")),
    "no statistics": lambda data: data.pop("statistics"),
    "a size": lambda data: data["statistics"]["terms"].__setitem__("size", -1),
    "another id": lambda data: data.__setitem__("id", "docs-other"),
    "another collection": lambda data: data["manifest"].__setitem__("collection", "other"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_a_stranger_wrote_is_refused_before_it_becomes_a_path(what: str, filled: Path, tmp_path: Path) -> None:
    shared = tmp_path / "s"
    made = publish(filled, "docs", str(shared), shards=2).publication
    file, pointer = (shared / "cluster" / "docs" / f"{name}.json" for name in (made.id, "current"))
    data = unseal(file.read_bytes(), str(file))
    HOSTILE[what](data)
    file.write_bytes(seal(data))
    with pytest.raises(StoreDamaged, match=r"current\.json names"):  # the pointer holds its checksum
        pull(tmp_path / "there", "docs", str(shared))
    named = unseal(pointer.read_bytes(), str(pointer))
    pointer.write_bytes(seal({**named, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}))
    with pytest.raises(StoreDamaged, match="Publish the collection again"):
        pull(tmp_path / "there", "docs", str(shared))
    assert not list(tmp_path.rglob("evil"))


@pytest.mark.parametrize("name", ["../evil", "", 3, None, "a/b"])
def test_a_pointer_to_elsewhere_is_refused(name: object, filled: Path, tmp_path: Path) -> None:
    shared = tmp_path / "s"
    publish(filled, "docs", str(shared))
    pointer = shared / "cluster" / "docs" / "current.json"
    pointer.write_bytes(seal({"publication": name, "sha256": "0" * 64}))
    with pytest.raises(StoreDamaged, match="not a pointer"):
        pull(tmp_path / "there", "docs", str(shared))
    pointer.write_bytes(json.dumps({"publication": "x"}).encode())
    with pytest.raises(StoreDamaged, match="checksum"):
        pull(tmp_path / "there", "docs", str(shared))


def test_segments_stay_where_they_were_while_shards_are_even() -> None:
    def entry(number: int, chunks: int) -> SegmentEntry:
        return SegmentEntry(f"{number:09d}-{number:08x}", chunks, 1, "0" * 64, LivingTotals(chunks=chunks), {})

    def loads(parts: tuple[tuple[str, ...], ...]) -> list[int]:
        return [sum(sizes[segment] for segment in part) for part in parts]

    entries = [entry(number, chunks) for number, chunks in enumerate([90, 50, 40, 30, 30, 20, 10])]
    sizes = {entry.id: entry.living.chunks for entry in entries}
    first = assign(entries, 3)
    assert sorted(loads(first)) == [90, 90, 90]
    assert assign(list(reversed(entries)), 3, first) == tuple(tuple(reversed(part)) for part in first)
    heaped = assign(entries, 3, (tuple(sizes), (), ()))  # all in one before: what is too much leaves
    assert max(loads(heaped)) <= 1.25 * 90
    assert assign([], 2) == ((), ())
