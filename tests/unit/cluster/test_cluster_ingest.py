"""An ingest by partitions gives the answers of an ingest by one machine, however often it is cut short."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.collection import open_collection
from engine.query.pipeline import Request
from engine.types import SearchResult
from indexer.cluster_ingest.partitions import partitions
from indexer.cluster_ingest.parts import Job, make_part
from indexer.cluster_ingest.run import Ingested, cluster_ingest, here
from indexer.ingest import ingest
from tests.conftest import Models
from tests.support.documents import topical, write_records

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


def told(home: Path) -> list[SearchResult]:
    found = []
    with open_collection("c", home=home) as collection:
        for query in QUESTIONS:
            result = collection.search(Request(query, 20, rankings=True))
            found.append(replace(result, timings_ms={}, began_ms={}, generation=0))
    return found


def test_answers_are_those_of_one_machine(folder: Path, tmp_path: Path, models: Models) -> None:
    one = ingest([folder], home=tmp_path / "one", collection="c", encoder=models.encoder, reranker=models.reranker)
    many = clustered(folder, tmp_path, models, shards=2)
    assert many.made > 3
    assert told(tmp_path / "driver") == told(tmp_path / "one")
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
