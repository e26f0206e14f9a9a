"""Backups that a stranger made: whatever they say, nothing is written outside of the home, and each failure is typed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from engine.errors import DiskFull, FormatTooNew, StoreDamaged, UsageError, WinnowError
from engine.store.backups.backup import back_up, list_backups, object_name
from engine.store.backups.restore import restore
from engine.store.generation import open_generation
from engine.store.repair.identity import restore_manifests
from engine.store.repair.segments import RepairReport, repair_segments
from engine.store.repair.verify import verify
from engine.store.sealed import seal, unseal
from engine.store.writer import open_writer
from tests.support.stores import batch, config, contents, fast_home, stored, tree, vectors_of

Change = Callable[["Forgery", dict[str, Any]], bytes | None]


class Forgery:
    """A depot whose one backup can be forged, beside other people's files."""

    def __init__(self, root: Path, template: Path) -> None:
        self.root, self.home, self.depot = root, root / "home", root / "depot"
        shutil.copytree(template, self.depot)
        (self.file,) = (self.depot / "backups").iterdir()
        self.others = root / "others"
        (self.others / ".ssh").mkdir(parents=True)
        (self.others / "secret").write_bytes(b"not yours")

    def make(self, change: Change) -> None:
        data = unseal(self.file.read_bytes(), str(self.file))
        raw = change(self, data)
        self.file.write_bytes(seal(data) if raw is None else raw)

    def add(self, content: bytes) -> str:
        digest = hashlib.sha256(content).hexdigest()
        path = self.depot / object_name(digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return digest

    def outside(self) -> dict[str, bytes | str]:
        found: dict[str, bytes | str] = {}
        for path in self.root.rglob("*"):
            if path.is_relative_to(self.home) or path.is_dir():
                continue
            found[str(path)] = (
                str(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else "?"
            )
        return found


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    with fast_home() as home:
        with open_writer(home, "docs", config()) as writer:
            writer.commit(batch(stored("a"), stored("b")))
            writer.commit(batch(stored("c")), deletes=["b"])
        depot = home.with_name("depot")
        back_up(home, "docs", str(depot))
        yield depot


@pytest.fixture
def forgery(template: Path) -> Iterator[Forgery]:
    with fast_home() as home:
        yield Forgery(home.parent, template)


def path(name: Any) -> Change:
    def change(forgery: Forgery, data: dict[str, Any]) -> None:
        content = b"evil"
        data["files"].append({"path": name, "sha256": forgery.add(content), "size": len(content)})

    return change


def first_file(**fields: Any) -> Change:
    return lambda forgery, data: data["files"][0].update(fields)


def manifest(**fields: Any) -> Change:
    return lambda forgery, data: data["manifest"].update(fields)


def segment(**fields: Any) -> Change:
    return lambda forgery, data: data["manifest"]["segments"][0].update(fields)


def whole(**fields: Any) -> Change:
    return lambda forgery, data: data.update(fields)


def without(name: str) -> Change:
    return lambda forgery, data: data.pop(name) and None


def replaced(make: Callable[[Path], object]) -> Change:
    """The first file's object is something else than a file."""

    def change(forgery: Forgery, data: dict[str, Any]) -> None:
        target = forgery.depot / object_name(data["files"][0]["sha256"])
        target.unlink()
        make(target)

    return change


def sealed(body: bytes) -> Change:
    """What `seal` would never write."""
    return lambda forgery, data: b'{"checksum": "' + hashlib.sha256(body).hexdigest().encode() + b'",' + body


def in_format(number: Any) -> Change:
    def change(forgery: Forgery, data: dict[str, Any]) -> bytes | None:
        return sealed(json.dumps({"format": number, **data})[1:].encode())(forgery, data)

    return change


SHA = "d" * 64
FORMS: dict[str, Change] = {
    **{f"path {name!r:.40}": path(name) for name in (
        "../../../PWNED", "/tmp/PWNED", "segments/../../../../PWNED", "collection.json", "restore.lock", "deleted",
        "writer.lock", "generations/000000099.json", ".", "", "x/../../y", "a\0b", "segments", "a" * 300, "pins/1.lock",
        "tombstones/authorized_keys", "segments/000000002-0000000a/x", None, 5, ["x"],
    )},
    "a file twice": lambda forgery, data: data["files"].append(data["files"][0]),
    "a file less": lambda forgery, data: data["files"].pop() and None,
    "a file that nobody needs": path("segments/000000002-0000000a/lexical/forward/terms.utf8"),
    "a link to a file": replaced(lambda target: target.symlink_to("/etc/passwd")),
    "a link to /dev/zero": replaced(lambda target: target.symlink_to("/dev/zero")),
    "a link to nothing": replaced(lambda target: target.symlink_to("/nothing")),
    "a pipe": replaced(lambda target: os.mkfifo(target)),
    "a folder": replaced(lambda target: target.mkdir()),
    "nothing": replaced(lambda target: None),
    "a longer file": replaced(lambda target: target.write_bytes(b"x" * (1 << 20))),
    "a shorter file": replaced(lambda target: target.write_bytes(b"x")),
    **{f"sha256 {value!r}": first_file(sha256=value) for value in (
        "../../../../../../../dev/zero", "../../../../../../etc/passwd", "", "zz", SHA.upper(), 5, None, SHA)},
    **{f"size {value!r}": first_file(size=value) for value in (-1, 10**30, 2**49, "1", None, True, 1.5)},
    **{f"manifest {fields!r:.60}": manifest(**fields) for fields in cast(tuple[Any, ...], (
        {"collection": "../x"}, {"collection": 5}, {"collection": None}, {"generation": -1}, {"generation": 0}, {"generation": "x"},
        {"generation": 10**30}, {"generation": 2**31}, {"generation": True}, {"segments": {}}, {"segments": [5]}, {"segments": [{}]},
        {"models": []}, {"models": {"encoder": 5}}, {"recipe": {"rerank": "os.system"}}, {"recipe": {"k1": "x"}}, {"recipe": []},
        {"recipe": {"candidates": None}}, {"recipe": {"k1": "x" * 5000}}, {"metadata_schema": {"x": "evil"}}, {"metadata_schema": {"x": []}}, {"uuid": "../x"},
        {"query_fingerprint": {}}, {"query_fingerprint": None}, {"index_fingerprint": 7}, {"upcoming": 5}, {"calibration": []},
        {"created_at": 5},
    ))},
    **{f"segment {fields!r:.60}": segment(**fields) for fields in cast(tuple[Any, ...], (
        {"id": "../../../../x"}, {"id": "/tmp/PWNED"}, {"id": "./000000002-0000000a"}, {"id": None}, {"id": "000000002-0000000a"},
        {"chunks": -1}, {"chunks": "1"}, {"checksum": SHA}, {"checksum": 5}, {"languages": []}, {"languages": {"en": "x"}},
        {"living": {}, "chunks": 10**30}, {"living": {"x": 1}}, {"tombstones": {"name": "authorized_keys", "sha256": SHA}},
        {"tombstones": {"name": "../x.npz", "sha256": SHA}}, {"tombstones": 5}, {"vectors": {"name": "../../x", "sha256": SHA}},
        {"vectors": {"name": "000000002-0000000a.0123abcd", "sha256": SHA}}, {"vectors": "x"},
    ))},
    "manifest without segments": lambda forgery, data: data["manifest"].pop("segments") and None,
    "no manifest": without("manifest"), "files null": whole(files=None), "files {}": whole(files={}), "files [5]": whole(files=[5]),
    "no id": without("id"), "id ../x": whole(id="../x"), "id of another": whole(id="other-00000000-1"), "created_at 5": whole(created_at=5),
    "a manifest of text": whole(manifest="x"), "no created_at": without("created_at"),
    "format x": in_format("x"), "format null": in_format(None), "format -1": in_format(-1), "format 1e99": in_format(1e99),
    "newer format": in_format(99), "no format": lambda forgery, data: sealed(json.dumps(data)[1:].encode())(forgery, data),
    "deep json": sealed(b'"x": ' + b"[" * 200_000 + b"]" * 200_000 + b"}\n"), "a long number": sealed(b'"x": ' + b"9" * 9_000 + b"}"),
    "no json": sealed(b"x"), "nothing sealed": lambda forgery, data: b"", "no text": sealed(b'"x": "\xff"}'),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_hostile_backup_does_no_harm(forgery: Forgery, form: str) -> None:
    forgery.make(FORMS[form])
    before = forgery.outside()
    with pytest.raises(WinnowError) as told:
        restore(forgery.home, str(forgery.depot))
    assert isinstance(told.value, StoreDamaged | FormatTooNew | UsageError | DiskFull)
    assert len(str(told.value)) < 1000
    assert forgery.outside() == before
    left = [path for path in forgery.home.rglob("*") if path.is_file() and not path.name.startswith("catalogue.sqlite")]
    assert left == [], left  # and nothing is kept of it


@pytest.mark.parametrize("encoder", ["../../../../x", "http://127.0.0.1:9/m", "/dev/zero", None])
def test_a_model_that_is_no_path_is_a_name_like_any_other(forgery: Forgery, encoder: str | None) -> None:
    forgery.make(lambda forgery, data: data["manifest"]["models"].update(encoder=encoder))
    before = forgery.outside()
    restore(forgery.home, str(forgery.depot))
    with open_generation(forgery.home, "docs") as generation:
        assert contents(generation).keys() == {"a", "c"}
    assert forgery.outside() == before and verify(forgery.home, "docs").problems == ()


@pytest.mark.parametrize("odd", ["newer format", "no format", "no manifest", "deep json", "nothing sealed"])
def test_an_odd_backup_does_not_hide_the_others(forgery: Forgery, odd: str, caplog: pytest.LogCaptureFixture) -> None:
    other = forgery.file.with_name("other-00000000-1.json")
    shutil.copyfile(forgery.file, other)
    good = forgery.file
    forgery.file = other
    forgery.make(FORMS[odd])
    (found,) = list_backups(str(forgery.depot))
    assert found.id == good.stem and "other-00000000-1" in caplog.text
    assert restore(forgery.home, str(forgery.depot), backup=found.id).name == "docs"
    assert restore(forgery.home, str(forgery.depot), name="newest").backup.id == found.id
    with pytest.raises(FormatTooNew if odd == "newer format" else StoreDamaged, match="other-00000000-1"):
        restore(forgery.home, str(forgery.depot), backup="other-00000000-1", name="x")


def test_a_list_of_backups_reads_no_devices(forgery: Forgery) -> None:
    (forgery.depot / "backups" / "zero.json").symlink_to("/dev/zero")
    os.mkfifo(forgery.depot / "backups" / "pipe.json")
    (forgery.depot / "backups" / "folder.json").mkdir()
    assert [backup.id for backup in list_backups(str(forgery.depot))] == [forgery.file.stem]


def test_a_manifest_on_disk_that_names_other_places_is_refused(forgery: Forgery) -> None:
    """As if a hostile home had been copied, not restored: reading, writing and repairing all refuse it."""
    restore(forgery.home, str(forgery.depot))
    writer = open_writer(forgery.home, "docs")
    layout, number = writer.layout, writer.manifest.generation
    writer.release()
    data = json.loads(layout.manifest(number).read_bytes())
    data.pop("checksum"), data.pop("format")
    keys = forgery.others / ".ssh"
    data["segments"][0] |= {"id": str(keys), "tombstones": {"name": "authorized_keys", "sha256": SHA}}
    for target in (layout.manifest(number), layout.manifest_copy(number)):
        target.write_bytes(seal(data))
    (layout.tombstones / "authorized_keys").write_bytes(b"ssh-ed25519 AAAA")
    before, inside = forgery.outside(), tree(forgery.home)

    def repaired() -> None:
        restore_manifests(layout)
        with open_writer(forgery.home, "docs") as opened:
            repair_segments(opened, lambda documents: vectors_of([]), RepairReport())

    for act in (repaired, lambda: open_generation(forgery.home, "docs"), lambda: open_writer(forgery.home, "docs")):
        with pytest.raises(StoreDamaged, match="is not a manifest"):
            act()
    assert verify(forgery.home, "docs").problems
    assert forgery.outside() == before
    assert {name: data for name, data in tree(forgery.home).items() if "writer.lock" not in name} == {
        name: data for name, data in inside.items() if "writer.lock" not in name
    }
