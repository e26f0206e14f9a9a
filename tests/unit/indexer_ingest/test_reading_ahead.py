"""Processes that read ahead: the same collection as without them, and none that is left behind."""

from __future__ import annotations

import os
import pickle
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.errors import ParseFailed
from engine.models import load_encoder
from engine.store.generation import open_generation
from engine.store.segments.segment import Segment
from engine.store.segments.writer import analyse
from indexer.chunking.chunker import Chunker
from indexer.embedding import embedding_texts
from indexer.ingest import ingest
from indexer.parsers import PARSERS, RECORD_PARSERS, SANDBOXED, Parsed
from indexer.parsers.base import Record
from indexer.reading import ahead
from indexer.reading.ahead import readings
from indexer.reading.processes import Batch, Processes
from indexer.reading.reading import Reader, packed, unpacked
from indexer.reading.worker import outcomes
from indexer.report import Progress
from indexer.sources.movable import Movable
from indexer.sources.source import Found, Skipped, Source
from tests.conftest import Models
from tests.support.checkpoints import tiny_static
from tests.support.documents import topical, write_folder, write_records

LONG = (
    "# Head\n\nOne *sentence*. " + "And another, of the Größe 天地玄黄. " * 200 + "\n\n## Under\n\n| a | b |\n|--|--|\n"
)
LONG += "".join(f"| cell {row} | value |\n" for row in range(200))


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes begin with the second document, in batches of a few."""
    monkeypatch.setattr(ahead, "START", 1)
    monkeypatch.setattr(ahead, "BATCH", 3 * ahead._LEAST)
    monkeypatch.setattr(ahead, "AHEAD", 16 * ahead._LEAST)


@pytest.fixture
def reader(models: Models) -> Reader:
    encoder = load_encoder(models.encoder)
    return Reader(Chunker.for_encoder(encoder), encoder)


def sources_of(tmp_path: Path) -> Path:
    records: list[dict[str, Any]] = topical(60)
    records[7] |= {"text": None}
    records[9] |= {"title": "t" * 400}
    records[11] |= {"id": records[3]["id"], "text": "It comes twice."}
    records[13] |= {"year": "some time", "nested": {"a": 1}}
    records[15] = {"id": "no text"}
    write_records(tmp_path / "all" / "b.jsonl", records)
    with (tmp_path / "all" / "b.jsonl").open("a") as stream:
        stream.write("no JSON\n")
    texts = {f"c{number}.md": f"{LONG} {number}" for number in range(4)}
    texts |= {"a.txt": "A text. " * 50, "copy.txt": "A text. " * 50, "d.html": "<h1>T</h1><p>Words.</p>", "e.bin": "\0"}
    return write_folder(tmp_path / "all", texts | {"empty.txt": "", "f.rtf": "{\\rtf1 A sandbox reads it.}"})


def files_of(home: Path) -> list[tuple[str, bytes]]:
    """The segments' files of documents, passages and codes, in order; some name the segment by a random number."""
    with open_generation(home, "c") as generation:
        segments = [generation.layout.segment(entry.id) for entry in generation.manifest.segments]
    paths = [path for segment in segments for path in sorted(segment.rglob("*")) if path.is_file()]
    kept = [path for path in paths if "tantivy" not in path.parts and path.name not in ("segment.json", "origins.json")]
    return [(path.name, path.read_bytes()) for path in kept]


@pytest.mark.parametrize("workers", [1, 3])
def test_a_collection_is_the_same(
    workers: int, tmp_path: Path, models: Models, setting: Callable[..., None], at_once: None
) -> None:
    folder = sources_of(tmp_path)
    made = []
    for count in (0, workers):
        setting(ingest_workers=count, commit_chunks=100, commit_seconds=3600)
        home = tmp_path / f"home{count}"
        report = ingest([folder], home=home, collection="c", encoder=models.encoder, reranker=models.reranker)
        made.append((replace(report, seconds=0.0), files_of(home)))
    assert made[0][0] == made[1][0]
    assert made[0][1] == made[1][1]
    report = made[0][0]
    assert len(report.failed) == 2
    assert report.warnings


def test_little_is_read_without_them(
    tmp_path: Path, models: Models, setting: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    setting(ingest_workers=2)
    monkeypatch.setattr(ahead, "Processes", lambda count, reader: pytest.fail("they were started"))
    path = write_records(tmp_path / "a.jsonl", topical(60))
    assert ingest([path], home=tmp_path, collection="c", encoder=models.encoder, reranker=models.reranker).added == 60
    monkeypatch.setattr(ahead, "START", 1)
    assert ingest([path], home=tmp_path, collection="c").unchanged == 60


def test_none_is_left_after_an_interruption(
    tmp_path: Path, models: Models, setting: Callable[..., None], at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting(ingest_workers=2)
    started: list[Processes] = []

    def remembered(count: int, reader: Reader) -> Processes:
        started.append(Processes(count, reader))
        return started[-1]

    def interrupt(progress: Progress) -> None:
        if progress.documents == 20:
            raise KeyboardInterrupt

    monkeypatch.setattr(ahead, "Processes", remembered)
    path = write_records(tmp_path / "a.jsonl", topical(60))
    with pytest.raises(KeyboardInterrupt):
        ingest([path], home=tmp_path, collection="c", encoder=models.encoder, watch=interrupt)
    assert [child.poll() for child in started[0]._children] == [-signal.SIGKILL] * 2
    assert ingest([path], home=tmp_path, collection="c").documents == 60


def given(*texts: str) -> Batch:
    batch = Batch()
    batch.work += [(str(number), Movable(partial(Parsed, "T", text), 1)) for number, text in enumerate(texts)]
    return batch


def test_a_static_encoder_embeds_what_it_reads(
    tmp_path: Path, models: Models, setting: Callable[..., None], at_once: None
) -> None:
    folder, static = sources_of(tmp_path), str(tiny_static(tmp_path / "static"))
    made = []
    for count in (0, 2):
        setting(ingest_workers=count, commit_chunks=100, commit_seconds=3600, text_first_chunks=0)
        home = tmp_path / f"home{count}"
        report = ingest([folder], home=home, collection="c", encoder=static, reranker=models.reranker)
        made.append((replace(report, seconds=0.0), files_of(home)))
    assert made[0] == made[1]
    setting(ingest_workers=0)
    encoder = load_encoder(static)
    with open_generation(tmp_path / "home0", "c") as generation:
        assert generation.manifest.segments and all(entry.embedded for entry in generation.manifest.segments)
        segments = [
            Segment(generation.layout.segment(e.id), e, encoder.dimension) for e in generation.manifest.segments
        ]
    reader = Reader(Chunker.for_encoder(encoder), encoder)
    for segment in segments:
        again = encoder.encode(embedding_texts(segment, list(range(segment.rows)), reader._chunker))
        assert np.array_equal(np.packbits(again > 0, axis=1), segment.vectors.binary[: segment.rows])


def test_what_a_process_has_not_done_is_done_here(reader: Reader) -> None:
    batches = [given(f"Text {number}.", "Another one.") for number in range(20)]
    with closing(Processes(2, reader)) as processes:
        for batch in batches:
            processes.give(batch)
        for child in processes._children:
            child.kill()
        found = [processes.reading(batch, place) for batch in batches for place in range(2)]
    assert found == [reader.read(name, parse) for batch in batches for name, parse in batch.work]


def test_a_task_is_done_while_documents_are_read(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    batches = [given(f"Text {number}.", "Another one.") for number in range(20)]

    def waits() -> bool:
        """Stands for reading, until the task is begun."""
        return processes._task is not None

    with closing(Processes(1, reader)) as processes:
        for batch in batches:
            processes.give(batch)
        monkeypatch.setattr(processes, "_read_another", waits)
        assert processes.do(os.getpid) == processes._children[0].pid
        monkeypatch.undo()
        found = [processes.reading(batch, place) for batch in batches for place in range(2)]
    assert found == [reader.read(name, parse) for batch in batches for name, parse in batch.work]


def test_a_task_is_done_here_where_nothing_waits(reader: Reader) -> None:
    with closing(Processes(1, reader)) as processes:
        assert processes.do(os.getpid) == os.getpid()
        batch = given("Text.")
        processes.give(batch)
        processes.reading(batch, 0)
        assert processes.do(os.getpid) == os.getpid()
    assert processes.do(os.getpid) == os.getpid()


@pytest.mark.parametrize("killed", [False, True])
def test_a_task_that_fails_elsewhere_raises_its_error_here(killed: bool, reader: Reader) -> None:
    batches = [given(f"Text {number}.") for number in range(5)]
    with closing(Processes(2, reader)) as processes:
        for batch in batches:
            processes.give(batch)
        for child in processes._children if killed else []:
            child.kill()
        with pytest.raises(FileNotFoundError, match="nowhere"):
            processes.do(partial(os.listdir, "/nowhere"))
        assert [processes.reading(batch, 0).text for batch in batches] == [f"Text {number}." for number in range(5)]


def test_words_are_indexed_by_processes_that_read(
    tmp_path: Path, models: Models, setting: Callable[..., None], at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting(ingest_workers=1, commit_chunks=20, commit_seconds=3600)
    asked = []
    do = Processes.do

    def told(self: Processes, task: Any) -> Any:
        asked.append(task.func)
        return do(self, task)

    monkeypatch.setattr(Processes, "do", told)
    path = write_records(tmp_path / "a.jsonl", topical(60))
    report = ingest([path], home=tmp_path, collection="c", encoder=models.encoder)
    assert report.documents == 60
    assert asked and set(asked) == {analyse}


def test_where_none_can_be_started_all_is_done_here(
    reader: Reader, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise BlockingIOError("too many")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    batch = given("Text.")
    with closing(Processes(2, reader)) as processes:
        processes.give(batch)
        assert processes.reading(batch, 0).text == "Text."
    assert "too many" in caplog.text


def test_they_end_with_the_process_that_asks(tmp_path: Path, models: Models) -> None:
    code = f"""
import os
from engine.models import load_encoder
from indexer.chunking.chunker import Chunker
from indexer.reading.processes import Processes
from indexer.reading.reading import Reader
encoder = load_encoder({models.encoder!r})
processes = Processes(1, Reader(Chunker.for_encoder(encoder), encoder))
print(processes._children[0].pid, flush=True)
os.kill(os.getpid(), 9)
"""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=environment, text=True) as asker:
        assert asker.stdout
        pid = int(asker.stdout.readline())
        try:
            ended = os.pidfd_open(pid)
        except ProcessLookupError:
            return
    try:
        assert select.select([ended], [], [], 120.0)[0]
    finally:
        os.close(ended)


def test_errors_are_those_of_parsing(reader: Reader) -> None:
    def unlucky() -> Parsed:
        raise ZeroDivisionError

    def unreadable() -> Parsed:
        raise ParseFailed("It is broken.", "Save it again.")

    batch = Batch()
    batch.work += [("a", unlucky), ("b", unreadable)]
    batch.outcomes = pickle.dumps(outcomes(batch.work, reader))
    with pytest.raises(ParseFailed) as caught:
        batch.reading(1, reader)
    assert (caught.value.message, caught.value.remedy) == ("It is broken.", "Save it again.")
    with pytest.raises(ZeroDivisionError):
        batch.reading(0, reader)


@pytest.mark.parametrize("text", ["", "Ein Satz.", LONG])
def test_a_reading_is_whole_after_its_journey(text: str, reader: Reader) -> None:
    made = reader.read("d", partial(Parsed, "T", text, metadata={"a": ("1", "b")}))
    assert unpacked("d", pickle.loads(pickle.dumps(packed(made)))) == made


@pytest.mark.parametrize("parser", [one for one in PARSERS if one.name not in SANDBOXED], ids=lambda one: one.name)
def test_parsing_can_be_given_away(parser: Any) -> None:
    pickle.dumps(partial(parser.parse, b"", name="a"))


@pytest.mark.parametrize("parser", RECORD_PARSERS, ids=lambda one: one.name)
def test_parsing_of_records_can_be_given_away(parser: Any) -> None:
    pickle.dumps(partial(parser.parse, Record(1, None, None, {})))


def test_nothing_is_looked_for_behind_what_is_read_here(reader: Reader, at_once: None) -> None:
    looked: list[str] = []

    def found() -> Iterator[Found]:
        for name in ("a", "b", "c", "here", "d", "e"):
            looked.append(name)
            parse = partial(Parsed, "", name)
            yield Source(name, name, "", parse if name == "here" else Movable(parse, 10))
        yield Skipped("f", "why")

    with closing(readings(found(), reader, lambda source: source.id != "b", 1)) as all_read:
        next(all_read)
        assert looked == ["a"]
        names = []
        for one, reading in all_read:
            names.append(one.path if isinstance(one, Skipped) else reading().text)
            assert "d" not in looked or "here" in names
    assert names == ["b", "c", "here", "d", "e", "f"]
