"""No name out of a manifest, a backup, a catalogue or a list of checksums leads anywhere but to its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import StoreDamaged
from engine.store import names
from engine.store.inventory import StoredFile
from engine.store.layout import CollectionLayout, Home
from engine.store.listing import read_listing
from engine.store.manifest import LivingTotals, SegmentEntry, TombstoneEntry, VectorsEntry
from engine.store.sealed import seal

SEGMENT = "000000003-0000000a"
SHA = "d" * 64
ROOT = Path("/home/collections") / ("a" * 32)
LAYOUT = CollectionLayout(ROOT)

HOSTILE: list[Any] = [
    "", ".", "..", "/", "/etc/passwd", "../../x", "a/../../x", "./" + SEGMENT, SEGMENT + "/", SEGMENT + "/../..", "x" * 300,
    SEGMENT + "\n", "\n" + SEGMENT, SEGMENT + "\0", SEGMENT.upper(), "~", "C:\\x", "..\\..\\x", "authorized_keys", "deleted",
    "\u0661" * 9 + "-0000000a", "\u2025", None, 5, True, 1.5, [], {}, ["x"], b"x",
]  # fmt: skip

anything = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(),
    st.text(alphabet="./-0123456789abcdef\n\0", max_size=40),
    st.integers(),
    st.none(),
    st.lists(st.integers(), max_size=2),
    st.tuples(
        st.sampled_from(["", "../", "/", "x/"]), st.just(SEGMENT), st.sampled_from(["", "/..", "\n", " ", ".x"])
    ).map("".join),
)

PLACES: dict[str, tuple[Callable[[Any], Path], Path]] = {
    "segment": (LAYOUT.segment, LAYOUT.segments),
    "tombstone": (LAYOUT.tombstone, LAYOUT.tombstones),
    "vector_set": (LAYOUT.vector_set, LAYOUT.vectors),
    "manifest": (LAYOUT.manifest, LAYOUT.generations),
    "manifest_copy": (LAYOUT.manifest_copy, LAYOUT.generations),
    "pin": (LAYOUT.pin, LAYOUT.pins),
    "collection": (lambda name: Home(Path("/home")).collection(name).root, Path("/home/collections")),
}


@pytest.mark.parametrize("place", PLACES)
@given(name=anything)
def test_a_path_lies_directly_in_its_folder(place: str, name: str) -> None:
    path_of, folder = PLACES[place]
    try:
        path = path_of(name)
    except StoreDamaged as error:
        assert len(str(error)) < 250
        return
    assert path.parent == folder and path.name not in ("", ".", "..") and path == Path(str(path).strip())


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("place", PLACES)
def test_what_is_known_to_be_hostile_becomes_no_path(place: str, name: Any) -> None:
    if place in ("manifest", "manifest_copy", "pin") and name == 5 and name is not True:
        return
    with pytest.raises(StoreDamaged):
        PLACES[place][0](name)


@pytest.mark.parametrize("number", [0, -1, 2**31, 10**30, "7", 7.0, True, None])
def test_what_is_no_number_of_a_generation(number: bool | float | str | None) -> None:
    with pytest.raises(StoreDamaged):
        LAYOUT.manifest(cast(int, number))


def _entry() -> Any:
    return SegmentEntry(
        SEGMENT, 3, 2, SHA, LivingTotals(3, 2, 1, 9), {"en": 3},
        TombstoneEntry(f"{SEGMENT}.4.npz", SHA), True, VectorsEntry(f"{SEGMENT}.0123abcd", SHA),
    )  # fmt: skip


def test_an_entry_is_read_back() -> None:
    assert SegmentEntry.from_json(asdict(_entry())) == _entry()


@pytest.mark.parametrize(
    "where", [("id",), ("tombstones", "name"), ("vectors", "name"), ("checksum",), ("tombstones", "sha256")]
)
@given(name=anything)
def test_an_entry_with_a_hostile_name_is_refused_whole(where: tuple[str, ...] | tuple[str, str], name: str) -> None:
    data = asdict(_entry())
    place = data
    for step in where[:-1]:
        place = place[step]
    place[where[-1]] = name
    with names.typed("a manifest", "a manifest"):
        try:
            entry = SegmentEntry.from_json(data)
        except StoreDamaged:
            return
    for path, folder in (
        (LAYOUT.segment(entry.id), LAYOUT.segments),
        (LAYOUT.tombstone(entry.tombstones.name), LAYOUT.tombstones),
        (LAYOUT.vector_set(entry.vectors.name), LAYOUT.vectors),
    ):
        assert path.resolve().parent == folder


PLACED = [
    f"segments/{SEGMENT}/segment.json", f"segments/{SEGMENT}/lexical/tantivy/.managed.json",
    f"segments/{SEGMENT}/lexical/forward/terms.utf8", f"segments/{SEGMENT}/vectors/int8.i8",
    f"vectors/{SEGMENT}.0123abcd/vectors.json", f"tombstones/{SEGMENT}.4.npz",
]  # fmt: skip
MISPLACED = [
    "collection.json", "restore.lock", "deleted", "writer.lock", "generations/000000099.json", "pins/1.lock", "segments", "segments/x",
    f"segments/{SEGMENT}", f"segments/{SEGMENT}/..", f"segments/{SEGMENT}/../../x", f"segments/{SEGMENT}//x", f"segments/{SEGMENT}/a/b/c/d",
    f"tombstones/{SEGMENT}.4.npz/x", f"tombstones/../{SEGMENT}.4.npz", "quarantine/x/y", f"/segments/{SEGMENT}/segment.json",
    f"vectors/{SEGMENT}.0123456789abcdef.partial/progress.json", f"segments/{SEGMENT}/a\0b", f"segments/{SEGMENT}/" + "a" * 300,
]  # fmt: skip


def _file(path: str) -> Any:
    return StoredFile.from_json({"path": path, "size": 1, "sha256": SHA})


@pytest.mark.parametrize("path", PLACED)
def test_files_that_a_backup_may_hold(path: str) -> None:
    assert _file(path).path == path


@pytest.mark.parametrize("path", [*MISPLACED, *HOSTILE])
def test_files_that_it_may_not(path: Any) -> None:
    with pytest.raises(StoreDamaged):
        _file(path)


@given(
    path=st.one_of(
        anything, st.lists(st.sampled_from(["segments", SEGMENT, "..", ".", "", "x", "lexical"])).map("/".join)
    )
)
def test_a_file_of_a_backup_lies_below_the_collection(path: Any) -> None:
    try:
        found = _file(path).path
    except StoreDamaged:
        return
    assert (ROOT / found).resolve().is_relative_to(ROOT) and found == path


@pytest.mark.parametrize("size", [-1, 2**60, "1", None, 1.0])
def test_sizes_that_none_can_have(size: float | str | None) -> None:
    with pytest.raises(StoreDamaged):
        StoredFile.from_json({"path": PLACED[0], "size": size, "sha256": SHA})


@pytest.mark.parametrize(
    "files",
    [None, [], {"../x": {"size": 1, "sha256": SHA}}, {"/dev/zero": {"size": 1, "sha256": SHA}}, {"x": 5}, {"x": {}}],
)
def test_a_list_of_checksums_names_what_is_beside_it(tmp_path: Path, files: Any) -> None:
    path = tmp_path / "segment.json"
    path.write_bytes(seal({"files": files}))
    with pytest.raises(StoreDamaged, match=r"segment\.json"):
        read_listing(path)
