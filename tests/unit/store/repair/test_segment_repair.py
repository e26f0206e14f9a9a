"""A flipped bit in any file of a collection: found by verify, repaired by repair, and the answers are right after it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.errors import StoreDamaged
from engine.store.catalogue.catalogue import Catalogue
from engine.store.generation import open_generation
from engine.store.layout import CollectionLayout, Home
from engine.store.repair.identity import restore_identity, restore_manifests
from engine.store.repair.segments import RepairReport, repair_segments
from engine.store.repair.verify import verify
from engine.store.segments.batch import Batch
from engine.store.segments.vector_sets import VectorSetWriter
from engine.store.writer import CollectionWriter, open_writer
from tests.support.stores import batch, config, contents, stored, vectors_of


@pytest.fixture
def layout(home: Path, writer: CollectionWriter) -> CollectionLayout:
    """Two segments: "b" was replaced, "gone" deleted."""
    writer.commit(batch(stored("a", year=1.0), stored("b"), stored("gone"), stored("empty", "")))
    writer.commit(batch(stored("b", "new"), stored("c", language="de")), deletes=["gone"])
    writer.sweep(0)
    writer._lock.release()
    return writer.layout


def embed(documents: Any) -> Any:
    return vectors_of([chunk.text for _, chunks in documents for chunk in chunks])


def repair(home: Path, embed: Any = embed) -> Any:
    report = RepairReport()
    row = Catalogue(home).get("docs")
    layout = Home(home).collection(row.uuid)
    report.restored += restore_manifests(layout) + restore_identity(layout, row)
    writer = open_writer(home, "docs")
    try:
        repair_segments(writer, embed, report)
    finally:
        writer._lock.release()
    return report


def texts(home: Path) -> dict[str, str]:
    with open_generation(home, "docs") as generation:
        return {name: document.text for name, document in contents(generation).items()}


def vectors(home: Path) -> Any:
    with open_generation(home, "docs") as generation:
        return {
            segment.chunk_id(row): (segment.vectors.binary[row].tobytes(), segment.vectors.int8[row].tobytes())
            for segment, alive in zip(generation.segments, generation.living, strict=True)
            for row in range(segment.rows)
            if alive is None or alive[row]
        }


def files_of(layout: CollectionLayout) -> Any:
    """One file of every kind, and some more."""
    first, second = sorted(path.name for path in layout.segments.iterdir())
    found = [path for path in layout.segment(first).rglob("*") if path.is_file() and path.stat().st_size]
    found += [layout.segment(second) / "documents.arrow", *layout.tombstones.iterdir()]
    number = layout.manifests()[-1]
    return [*found, layout.manifest(number), layout.manifest_copy(number), layout.identity]


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x10
    path.write_bytes(data)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def remove(path: Path) -> None:
    path.unlink()


def ruin(path: Path) -> None:
    """Damage that no parity brings back."""
    flip(path)
    path.with_name("text.parity").unlink()


def test_damage_to_any_file_is_found_and_mended(home: Path, layout: CollectionLayout) -> None:
    before, codes = texts(home), vectors(home)
    pristine = home.with_name("pristine")
    shutil.copytree(home, pristine)
    for number, path in enumerate(files_of(layout)):
        harm = (flip, cut, remove)[number % 3]
        harm(path)
        if not (harm is remove and path.suffix == ".copy"):  # a copy may be missing: older formats have none
            assert any(str(path) in problem for problem in verify(home, "docs").problems), (harm, path)
        report = repair(home)
        assert verify(home, "docs").problems == (), (harm, path)
        lost = set(report.lost)
        if path.suffix == ".arrow":
            assert report.restored == [str(path.relative_to(layout.root))] and texts(home) == before
            assert not report.quarantined and not report.lost
        elif path.suffix == ".npz":
            assert set(report.doubtful) == {"a", "gone", "empty"}  # "gone" comes back rather than "a" goes
            lost = {"gone"}
        else:
            assert not report.lost and not report.lost_unnamed and not report.doubtful, (harm, path, report)
            assert texts(home) == before
            assert vectors(home) == codes
        assert before.items() >= {name: text for name, text in texts(home).items() if name not in lost}.items()
        assert repair(home).quarantined == []  # once is enough
        shutil.rmtree(home)
        shutil.copytree(pristine, home)


def test_what_is_set_aside_outlives_every_sweep(home: Path, layout: CollectionLayout) -> None:
    damaged = layout.segments / sorted(path.name for path in layout.segments.iterdir())[0]
    ruin(damaged / "documents.arrow")
    damage = (damaged / "documents.arrow").read_bytes()
    report = repair(home)
    with open_writer(home, "docs") as writer:
        writer.sweep(0)
    assert not damaged.exists()
    assert (layout.root / report.quarantined[0] / "documents.arrow").read_bytes() == damage


def test_lost_documents_are_named_where_the_ids_can_be_read(home: Path, layout: CollectionLayout) -> None:
    first = layout.segments / sorted(path.name for path in layout.segments.iterdir())[0]
    ruin(first / "chunks.arrow")
    report = repair(home)
    assert sorted(report.lost) == ["a", "empty"] and report.lost_unnamed == 0
    assert texts(home).keys() == {"b", "c"}
    with open_writer(home, "docs") as writer:  # and they can be ingested again, as anything new
        assert writer.content_hashes().keys() == {"b", "c"}


def test_a_segment_that_is_gone_altogether(home: Path, layout: CollectionLayout) -> None:
    shutil.rmtree(layout.segments / sorted(path.name for path in layout.segments.iterdir())[1])
    with pytest.raises(StoreDamaged, match="winnow repair"):
        texts(home)
    report = repair(home)
    assert report.lost_unnamed == 2 and texts(home).keys() == {"a", "empty"}


def test_an_encoder_that_is_missing_leaves_the_rest_repaired(home: Path, layout: CollectionLayout) -> None:
    first, second = (layout.segments / name for name in sorted(path.name for path in layout.segments.iterdir()))
    flip(first / "vectors" / "int8.i8")
    flip(second / "lexical" / "forward" / "terms.utf8")
    with pytest.raises(RuntimeError):
        repair(home, missing)
    problems = verify(home, "docs").problems
    assert problems and all(first.name in problem for problem in problems)
    assert repair(home).rebuilt == {first.name: ["vectors"]}


def test_a_whole_collection_is_left_alone(home: Path, layout: CollectionLayout) -> None:
    generation = Catalogue(home).get("docs").generation
    assert repair(home) == RepairReport(generation=generation)


@pytest.mark.parametrize("name", ["documents.arrow", "chunks.arrow"])
@pytest.mark.parametrize("harm", [flip, lambda path: zero(path, 4096), lambda path: zero(path, 1)])
def test_damaged_text_comes_back_bit_for_bit(
    home: Path, layout: CollectionLayout, name: str, harm: Callable[..., Any]
) -> None:
    before, codes = texts(home), vectors(home)
    paths = [directory / name for directory in layout.segments.iterdir()]
    whole = [path.read_bytes() for path in paths]
    for path in paths:
        harm(path)
    assert len(verify(home, "docs").problems) == len(paths)
    report = repair(home)
    assert sorted(report.restored) == sorted(str(path.relative_to(layout.root)) for path in paths)
    assert not report.quarantined and not report.rebuilt and not report.lost
    assert [path.read_bytes() for path in paths] == whole
    assert verify(home, "docs").problems == () and texts(home) == before and vectors(home) == codes


def zero(path: Path, length: int) -> None:
    """From the middle on, as far as that changes anything."""
    data = bytearray(path.read_bytes())
    middle = next(place for place in range(len(data) // 2, len(data)) if data[place])
    data[middle : middle + length] = bytes(len(data[middle : middle + length]))
    path.write_bytes(data)


def reembed(home: Path, dimension: int) -> None:
    """As `winnow reembed` leaves it: vectors beside the segments, of a model with another dimension."""
    model = replace(config().query_fingerprint, weights="new", dimension=dimension)
    with open_writer(home, "docs") as writer:
        entries = []
        for entry in writer.manifest.segments:
            made = VectorSetWriter(writer.layout, entry, model)
            made.append(np.random.default_rng(1).normal(size=(entry.chunks, dimension)).astype(np.float32))
            entries.append(replace(entry, vectors=made.finish()))
        writer.publish(lambda current: replace(current, segments=tuple(entries), query_fingerprint=model))


@pytest.mark.parametrize("dimension", [None, 16, 24])
@pytest.mark.parametrize("harm", [flip, cut, remove])
def test_a_lost_segment_json_is_proved_and_written_again(
    home: Path, layout: CollectionLayout, dimension: int | None, harm: Callable[..., Any]
) -> None:
    """Whatever vectors the segment was written with, and whichever are in use now."""
    if dimension is not None:
        reembed(home, dimension)
    before, codes = texts(home), vectors(home)
    paths = [directory / "segment.json" for directory in layout.segments.iterdir()]
    whole = [path.read_bytes() for path in paths]
    for path in paths:
        harm(path)
    with pytest.raises(StoreDamaged):
        texts(home)
    report = repair(home, missing)
    assert [path.read_bytes() for path in paths] == whole
    assert len(report.restored) == len(paths) and not report.quarantined and not report.lost
    assert verify(home, "docs").problems == () and texts(home) == before and vectors(home) == codes


def test_segment_json_of_text_without_vectors_and_of_an_older_format(home: Path, writer: CollectionWriter) -> None:
    writer.commit(Batch((stored("late"),), None))
    directory = writer.layout.segment(writer.manifest.segments[-1].id)
    (directory / "segment.json").unlink()
    writer.release()
    assert repair(home, missing).restored == [f"segments/{directory.name}/segment.json"]


def test_text_outlives_segment_json_and_more(home: Path, layout: CollectionLayout) -> None:
    """Nothing proves the whole then; the parity's own checksums prove the text, and the rest is made again."""
    before, codes = texts(home), vectors(home)
    for directory in layout.segments.iterdir():
        (directory / "segment.json").unlink()
        flip(directory / "lexical" / "forward" / "terms.utf8")
        flip(directory / "documents.arrow")
    report = repair(home)
    assert len(report.rebuilt) == 2 and not report.lost and not report.lost_unnamed and not report.doubtful
    assert verify(home, "docs").problems == () and texts(home) == before and vectors(home) == codes


def test_vectors_in_use_beside_a_damaged_segment_are_kept(home: Path, layout: CollectionLayout) -> None:
    reembed(home, 24)
    before, codes = texts(home), vectors(home)
    for directory in layout.segments.iterdir():
        (directory / "segment.json").unlink()
        flip(directory / "lexical" / "forward" / "terms.utf8")
    report = repair(home, missing)
    assert len(report.rebuilt) == 2 and not report.lost
    assert verify(home, "docs").problems == () and texts(home) == before and vectors(home) == codes


def missing(documents: Any) -> None:
    raise RuntimeError("no such model")
