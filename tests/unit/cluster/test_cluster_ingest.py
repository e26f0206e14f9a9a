"""An ingest by partitions gives the answers of an ingest by one machine, however often it is cut short."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.cluster.published.publishing import pull
from engine.collection import open_collection
from engine.query.pipeline import Request
from engine.store.backups.backup import back_up
from engine.store.backups.depot import Depot
from indexer.cluster_ingest.partitions import partitions
from indexer.cluster_ingest.parts import Job, make_part, read_part
from indexer.cluster_ingest.pruning import KEPT, prune
from indexer.cluster_ingest.run import Ingested, cluster_ingest, here
from indexer.ingest import ingest
from tests.cluster.answers import differences
from tests.conftest import Models
from tests.support.documents import topical, write_records
from tests.unit.cluster.site import steps_of_depots

QUESTIONS = (
    "the bridge of the city",
    "river",
    "document 77",
    '"the river and the bridge"',
    "brigde",
    "a file of words",
)
SMALL = 8_000  # bytes of a partition


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of several kinds of files, among them a long one of records, some without ids and one of them twice."""
    root = tmp_path / "input"
    root.mkdir()
    records = topical(120)
    for number, record in enumerate(records):
        if number % 10 == 3:
            del record["id"]
    twice = {**records[0], "text": "The river was moved."}
    write_records(root / "notes.jsonl", [*records, twice])
    for number in range(4):
        (root / f"file{number}.md").write_text(f"# File {number}\n\nA file of words about bridges, number {number}.\n")
    (root / "table.csv").write_text("id,text,year\nrow1,a table of rivers,2001\nrow2,another one,about 2002\n")
    (root / "image.png").write_bytes(b"\x89PNG")
    return root


def clustered(folder: Path, tmp_path: Path, models: Models, run: Any = here, **more: Any) -> Ingested:
    return cluster_ingest(
        [folder],
        home=tmp_path / "driver",
        collection="c",
        address=str(tmp_path / "shared"),
        run=run,
        encoder=models.encoder,
        reranker=models.reranker,
        partition_bytes=SMALL,
        **more,
    )


def told(home: Path) -> list[dict[str, Any]]:
    found = []
    with open_collection("c", home=home) as collection:
        for query in QUESTIONS:
            result = collection.search(Request(query, 20, rankings=True))
            found.append(asdict(replace(result, timings_ms={}, began_ms={}, generation=0)))
    return found


def test_answers_are_those_of_one_machine(folder: Path, tmp_path: Path, models: Models) -> None:
    one = ingest([folder], home=tmp_path / "one", collection="c", encoder=models.encoder, reranker=models.reranker)
    many = clustered(folder, tmp_path, models, shards=2)
    assert many.made > 3
    assert not differences(told(tmp_path / "driver"), told(tmp_path / "one"))
    report = many.report
    assert (report.added, report.updated) == (one.added, one.updated)
    assert report.skipped == one.skipped
    assert report.failed == one.failed
    assert len(many.published.publication.shards) == 2
    assert many.published.publication.manifest.living == open_living(tmp_path / "driver")


def open_living(home: Path) -> Any:
    with open_collection("c", home=home) as collection:
        return collection.generation.manifest.living


def test_what_was_made_is_not_made_again(folder: Path, tmp_path: Path, models: Models) -> None:
    made: list[str] = []

    def cut_short(jobs: Sequence[Job]) -> Iterator[str]:
        for number, job in enumerate(jobs):
            if number == 2:
                raise KeyboardInterrupt
            made.append(job.name)
            yield make_part(job)

    with pytest.raises(KeyboardInterrupt):
        clustered(folder, tmp_path, models, cut_short)

    def rest(jobs: Sequence[Job]) -> Iterator[str]:
        assert not {job.name for job in jobs} & set(made)
        return here(jobs)

    done = clustered(folder, tmp_path, models, rest)
    assert done.known == 2
    assert done.report.added == 126
    again = clustered(folder, tmp_path, models, rest)
    assert (again.made, again.report.added, again.report.updated) == (0, 0, 0)
    assert again.report.generation == done.report.generation
    ids = {entry.id for entry in done.published.publication.manifest.segments}
    other = clustered(folder, tmp_path / "other", models)
    assert {entry.id for entry in other.published.publication.manifest.segments} == ids


def test_a_changed_file_takes_the_place_of_the_old(folder: Path, tmp_path: Path, models: Models) -> None:
    first = clustered(folder, tmp_path, models)
    (folder / "table.csv").write_text("id,text,year\nrow1,a table of mountains,2001\nrow3,a third one,2003\n")
    second = clustered(folder, tmp_path, models)
    assert 0 < second.made < first.made
    with open_collection("c", home=tmp_path / "driver") as collection:
        found = collection.search(Request("table of mountains", mode="lexical"))
        assert found.hits[0].document.id == "table.csv"
        assert "mountains" in found.hits[0].document.text
    assert second.report.generation > first.report.generation


def test_partitions_have_every_line_once(tmp_path: Path) -> None:
    lines = [json.dumps({"text": "word " * (number % 37)}) for number in range(500)]
    file = tmp_path / "long.jsonl"
    file.write_text("\n".join(lines))
    parts = list(partitions([file], 1000))
    assert len(parts) > 5
    cut = [found for part in parts for found in part.sources()]
    [whole] = partitions([file], 1 << 30)
    assert [(found.id, found.content_hash) for found in cut] == [
        (found.id, found.content_hash) for found in whole.sources()
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_files_that_cannot_be_cut_stay_whole(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "wide.jsonl"
    file.write_text("\n".join(json.dumps({"text": f"number {number}"}) for number in range(200)), encoding)
    [part] = partitions([file], 1000)
    assert len(list(part.sources())) == 200


LATER = datetime.now(UTC) + 2 * KEPT


class Storage:
    """Shared storage after an ingest of which one file changed: parts of before, and of now."""

    def __init__(self, folder: Path, tmp_path: Path, models: Models) -> None:
        self._given = folder, tmp_path, models
        self.depot = Depot(str(tmp_path / "shared"))
        self.ingest()
        (folder / "table.csv").write_text("id,text,year\nrow1,a table of mountains,2001\nrow3,a third one,2003\n")
        self.ingest()
        self.named = set[str]()

        def noted(jobs: Sequence[Job]) -> Iterator[str]:
            self.named |= {job.name for job in jobs}
            return here(jobs)

        clustered(folder, tmp_path / "afresh", models, noted)  # elsewhere, where all of them are made

    def ingest(self, run: Any = here) -> Ingested:
        return clustered(*self._given, run)

    def parts(self) -> set[str]:
        return {name.removesuffix(".json") for name in self.depot.names("parts/c") if name.endswith(".json")}

    def objects(self) -> set[str]:
        return {path.name for path in Path(self.depot.address).glob("objects/*/*")}

    def whole(self, tmp_path: Path) -> None:
        """The publication can be pulled, every object is named, and what is there is not made again."""
        pull(tmp_path / f"pulled{len(list(tmp_path.iterdir()))}", "c", self.depot.address)
        again = self.ingest(refusing)
        assert (again.made, again.report.added, again.report.updated) == (0, 0, 0)


def refusing(jobs: Sequence[Job]) -> Iterator[str]:
    raise AssertionError(jobs)


def test_old_parts_that_the_ingest_does_not_name_go_with_their_objects(
    folder: Path, tmp_path: Path, models: Models
) -> None:
    storage = Storage(folder, tmp_path, models)
    parts = storage.parts()
    old = parts - storage.named
    assert old
    assert not prune(storage.depot, "c", storage.named).listings and storage.parts() == parts  # they are young
    back_up(tmp_path / "driver", "c", storage.depot.address)
    assert set(prune(storage.depot, "c", storage.named, LATER).listings) == old
    assert storage.parts() == parts - old
    storage.whole(tmp_path)
    listed = b"".join(path.read_bytes() for path in Path(storage.depot.address).rglob("*.json"))
    assert {name for name in storage.objects() if name.encode() not in listed} == set()
    assert not prune(storage.depot, "c", storage.named, LATER).listings


def test_an_object_that_something_else_names_stays(folder: Path, tmp_path: Path, models: Models) -> None:
    storage = Storage(folder, tmp_path, models)
    old = storage.parts() - storage.named
    stored = [part.stored for part in (read_part(storage.depot, "c", name) for name in old)]
    kept = {file.sha256 for one in stored if one is not None for file in one.files}
    note = Path(storage.depot.address) / "backups" / "from-a-newer-version.json"
    note.parent.mkdir()
    note.write_text(json.dumps({"format": 999, "things": sorted(kept)}))
    prune(storage.depot, "c", storage.named, LATER)
    assert kept <= storage.objects()
    storage.whole(tmp_path)


def test_a_removal_that_was_cut_short_anywhere_is_gone_on_with(
    folder: Path, tmp_path: Path, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = Storage(folder, tmp_path, models)
    left = steps_of_depots(monkeypatch)
    for steps in range(60):  # more than it takes
        left[0] = steps
        with suppress(KeyboardInterrupt):
            prune(storage.depot, "c", storage.named, LATER)
    monkeypatch.undo()
    shutil.rmtree(Path(storage.depot.address) / "underway")  # notes of what was killed count for some minutes
    assert storage.parts() <= storage.named and not list(Path(storage.depot.address).glob("parts/c/removed/*"))
    storage.whole(tmp_path)
    listed = b"".join(path.read_bytes() for path in Path(storage.depot.address).rglob("*.json"))
    assert {name for name in storage.objects() if name.encode() not in listed} == set()
