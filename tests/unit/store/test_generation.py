from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.errors import GenerationExpired, InvalidFilter, StoreDamaged
from engine.filters import parse_filter
from engine.lexical.analysis import analyse
from engine.store.generation import Generation, current_generation, open_generation
from engine.store.locks import Lock, pin
from engine.store.manifest import Manifest
from engine.store.segments import segment as segment_module
from engine.store.writer import CollectionWriter, open_writer
from engine.types import RowId
from tests.support import store_children
from tests.support.processes import forkserver
from tests.support.stores import batch, config, contents, stored


def test_a_generation_never_changes(home: Path, writer: CollectionWriter) -> None:
    writer.commit(batch(stored("a")))
    with open_generation(home, "docs") as generation:
        before = contents(generation)
        writer.commit(batch(stored("a", "new"), stored("b")))
        assert contents(generation) == before
        assert current_generation(home, "docs") == generation.number + 1


def test_older_generations_open_by_number_until_they_are_swept(home: Path, writer: CollectionWriter) -> None:
    writer.commit(batch(stored("a")))
    writer.commit(batch(stored("a", "new")))
    with open_generation(home, "docs", 2) as generation:
        assert contents(generation)["a"].text == stored("a").document.text
    writer.sweep(0)
    with pytest.raises(GenerationExpired, match="Search again"):
        open_generation(home, "docs", 2)
    with pytest.raises(GenerationExpired):
        open_generation(home, "docs", 4)


def test_find_sees_only_the_living(home: Path, writer: CollectionWriter) -> None:
    writer.commit(batch(stored("a"), stored("b")))
    writer.commit(batch(stored("a", "new"), stored("c", "")), deletes=["b"])
    with open_generation(home, "docs") as generation:
        place = generation.find("a")
        assert place is not None
        assert generation.document(*place).text == "new"
        assert generation.chunk_rows(*place) == [RowId(place[0], 0)]
        assert generation.find("b") is None
        assert generation.find("never") is None
        assert generation.document(*(generation.find("c") or ())).text == ""


def test_living_statistics_are_those_of_the_living(home: Path, writer: CollectionWriter) -> None:
    writer.commit(batch(stored("a", "ferry boat"), stored("b", "ferry ferry")))
    writer.commit(batch(stored("a", "boat")), deletes=[])
    with open_generation(home, "docs") as generation:
        ferry, boat = analyse("ferry", "en")[0], analyse("boat", "en")[0]
        statistics = generation.statistics
        assert statistics.chunk_count == 2
        assert statistics.document_frequency(ferry) == 1
        assert statistics.document_frequency(boat) == 1
        assert statistics.document_frequency("nowhere") == 0
        assert statistics.document_frequencies({ferry, boat, "nowhere"}) == {ferry: 1, boat: 1}
        assert statistics.body_length == 3


def test_the_frequencies_of_many_terms_are_those_of_each(home: Path, writer: CollectionWriter) -> None:
    writer.commit(batch(stored("a", "ferry boat"), stored("b", "tide"), stored("c", "ferry")))
    writer.commit(batch(stored("d", "boat")), deletes=["b", "c"])
    terms = {word: analyse(word, "en")[0] for word in ("ferry", "boat", "tide")}
    with open_generation(home, "docs") as generation:
        assert generation.statistics.document_frequencies(set(terms.values())) == {terms["ferry"]: 1, terms["boat"]: 2}
    with open_generation(home, "docs") as generation:
        assert [generation.statistics.document_frequency(term) for term in terms.values()] == [1, 2, 0]


def test_filter_masks_are_of_the_living_only(home: Path, writer: CollectionWriter) -> None:
    writer.commit(batch(stored("a", "one", year=1.0), stored("b", "two", year=2.0), stored("c", "three")))
    writer.commit(batch(stored("d", "four", year=1.0)), deletes=["a"])
    with open_generation(home, "docs") as generation:
        assert [None if m is None else m.tolist() for m in generation.filter_masks(None)] == [[False, True, True], None]
        masks = generation.filter_masks(parse_filter("year:1"))
        assert [mask.tolist() for mask in masks] == [[False, False, False], [True]]
        masks = generation.filter_masks(parse_filter("-year:1"))
        assert [mask.tolist() for mask in masks] == [[False, True, True], [False]]
        with pytest.raises(InvalidFilter, match="year"):
            generation.filter_masks(parse_filter("yaer:1"))


def test_an_unknown_field_is_told_even_where_there_is_nothing_to_filter(home: Path, writer: CollectionWriter) -> None:
    with open_generation(home, "docs") as generation, pytest.raises(InvalidFilter):
        generation.filter_masks(parse_filter("year:1"))


def test_a_missing_manifest_is_damage_not_an_endless_loop(home: Path, writer: CollectionWriter) -> None:
    writer.layout.manifest(1).unlink()
    with pytest.raises(StoreDamaged, match="winnow repair --catalogue"):
        open_generation(home, "docs")


def test_a_generation_swept_between_catalogue_and_pin_is_tried_again(
    home: Path, writer: CollectionWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.store import generation as module

    writer.commit(batch(stored("a")))
    real = pin
    raced: list[Manifest] = []

    def racing(path: Path) -> Any:
        if not raced:
            raced.append(writer.commit(batch(stored("a", "newer"))))
            writer.sweep(0)
        return real(path)

    monkeypatch.setattr(module, "pin", racing)
    with open_generation(home, "docs") as generation:
        assert contents(generation)["a"].text == "newer"


def test_codes_of_chunks_wherever_they_are(home: Path, writer: CollectionWriter) -> None:
    from dataclasses import replace

    writer.commit(batch(stored("a"), stored("b")))
    writer.commit(batch(stored("c")))
    manifest = writer.manifest
    later = replace(manifest, segments=(manifest.segments[0], replace(manifest.segments[1], embedded=False)))
    with Generation(writer.layout, later, Lock(None)) as generation:
        first = generation.segments[0].vectors.int8
        codes = generation.codes([RowId(0, 1), RowId(1, 0), RowId(0, 0)])
    assert codes.dtype == np.int8 and codes[0].any()
    assert (codes[0] == first[1]).all() and (codes[2] == first[0]).all() and not codes[1].any()


def test_many_segments_open_at_once_and_read_nothing(
    home: Path, writer: CollectionWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer.commit(batch(*(stored(f"d{n}") for n in range(3))))
    manifest, layout = writer.manifest, writer.layout
    many = manifest.segments * 1000

    def forbidden(path: Path) -> None:
        raise AssertionError(f"{path} was read")

    monkeypatch.setattr(segment_module, "map_table", forbidden)
    from dataclasses import replace

    opened = Generation(layout, replace(manifest, segments=many), Lock(None))
    assert opened.languages == ["en"] and opened.statistics.chunk_count == 1000 * manifest.living.chunks
    assert opened.living == [None] * 1000


def open_to_all(path: Path) -> bool:
    """Whether a user without rights may go into every folder on the way to `path`."""
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)


def test_a_read_only_home_can_be_read() -> None:
    """By a process that may write nothing there: no pin file and no WAL index can be made."""
    root = Path(tempfile.mkdtemp(prefix="winnow-read-only-"))
    try:
        if os.getuid() == 0 and not open_to_all(root):
            pytest.skip("another user cannot read the folder for temporary files: some folder above it is private")
        home, like_it = root / "home", root / "like-it"
        with open_writer(home, "docs", config()) as writer:
            writer.commit(batch(stored("a"), stored("b")))
            writer.commit(None, deletes=["b"])
        shutil.copytree(home, like_it)
        for path in [root, home, *home.rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        assert read_as_nobody(home, like_it) == (3, ["a"], True)
        next(home.rglob("pins/3.lock")).parent.chmod(0o755)
        next(home.rglob("pins/3.lock")).unlink()
        assert read_as_nobody(home, like_it) in ((3, ["a"], False), (3, ["a"], True))
    finally:
        for path in [root, *root.rglob("*")]:
            path.chmod(0o755)
        shutil.rmtree(root)


def read_as_nobody(home: Path, like_it: Path) -> object:
    """What a child process without rights reads: the generation's number, its documents, whether it is pinned."""
    context = forkserver()
    ours, theirs = context.Pipe()
    child = context.Process(target=store_children.read_as_nobody, args=(home, like_it, theirs))
    child.start()
    answer: object = ours.recv()
    child.join()
    return answer


def test_masks_expand_to_chunks(home: Path, writer: CollectionWriter) -> None:
    writer.commit(batch(stored("a", "x" * 100), stored("b", "y" * 30)))
    with open_generation(home, "docs") as generation:
        mask = generation.filter_masks(parse_filter("id:b"))[0]
        np.testing.assert_array_equal(mask, [False] * 5 + [True] * 2)
