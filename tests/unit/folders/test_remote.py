"""Documents behind URLs, here in fsspec's memory."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

import fsspec
import pyarrow
import pyarrow.parquet
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from engine.errors import DependencyMissing, SourceNotFound, SourceUnavailable, UsageError
from indexer.sources.remote import remote_sources
from indexer.sources.source import Failed, Skipped, Source
from tests.unit.folders.conftest import Run, stored

FILES = {
    "a.md": b"# Ferry\n\nIt leaves.",
    "sub/b.txt": b"Bridge.",
    "sub/c.exe": b"\0",
    ".hidden/d.md": b"x",
    "node_modules/e.md": b"x",
    "r.jsonl": b'{"text": "one"}\n{bad\n',
}


@pytest.fixture
def memory() -> Iterator[Any]:
    system = fsspec.filesystem("memory")
    for name, data in FILES.items():
        system.pipe(f"/bucket/{name}", data)
    yield system
    system.store.clear()


def test_every_file_is_accounted_for_under_its_url(memory: Any) -> None:
    items = list(remote_sources("memory://bucket"))
    url = "memory://bucket/"
    assert {item.id.removeprefix(url): item.uri for item in items if isinstance(item, Source)} == {
        name: url + name for name in ("a.md", "sub/b.txt", "r.jsonl#1", "node_modules/e.md")
    }
    left = {item.path.removeprefix(url): item.reason for item in items if isinstance(item, Skipped)}
    assert left == {"sub/c.exe": "no parser", ".hidden/d.md": "hidden"}
    assert [item.path for item in items if isinstance(item, Failed)] == [f"{url}r.jsonl#2"]
    first = next(item for item in items if isinstance(item, Source) and item.id == f"{url}a.md")
    assert first.parse().title == "Ferry" and first.facts["bytes"] == 19 and "modified" in first.facts


class Hub(MemoryFileSystem):  # type: ignore[misc]
    """Stands for the hub of data sets: the same paths, in memory."""

    protocol = "hf"
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return str(super()._strip_protocol(path.removeprefix("hf://")))


def test_data_sets_of_the_hub_are_read_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(import_module("fsspec.registry")._registry, "hf", Hub)
    stream = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table({"text": ["The ferry.", "The river."]}), stream)
    hub = fsspec.filesystem("hf")
    hub.pipe("/datasets/harbour/talks/data/train.parquet", stream.getvalue())
    hub.pipe("/datasets/harbour/talks/more.jsonl", b'{"id": "j", "text": "The bridge."}\n')
    url = "hf://datasets/harbour/talks"
    found = {item.id: item.parse().text for item in remote_sources(url) if isinstance(item, Source)}
    assert found == {
        f"{url}/data/train.parquet#1": "The ferry.",
        f"{url}/data/train.parquet#2": "The river.",
        "j": "The bridge.",
    }
    (one,) = remote_sources(f"{url}/more.jsonl")
    assert isinstance(one, Source) and one.uri == f"{url}/more.jsonl#j"
    with pytest.raises(SourceNotFound):
        remote_sources("hf://datasets/harbour/nothing")


def test_one_file_may_be_named(memory: Any) -> None:
    (item,) = remote_sources("memory://bucket/sub/b.txt")
    assert isinstance(item, Source) and item.parse().text == "Bridge."
    (unread,) = remote_sources("memory://bucket/sub/c.exe")
    assert isinstance(unread, Failed) and unread.path == "memory://bucket/sub/c.exe" and ".exe" in unread.reason


def test_a_file_that_cannot_be_fetched_fails_alone(memory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    get = type(memory).get_file

    def broken(self: Any, path: str, target: str, **options: Any) -> None:
        if path.endswith("a.md"):
            raise RuntimeError("403 Forbidden")
        get(self, path, target, **options)

    monkeypatch.setattr(type(memory), "get_file", broken)
    failed = [item for item in remote_sources("memory://bucket") if isinstance(item, Failed)]
    assert failed[0].path == "memory://bucket/a.md" and "403 Forbidden" in failed[0].reason


def test_what_is_not_there_or_not_known_is_told(memory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SourceNotFound):
        remote_sources("memory://nothing")
    with pytest.raises(UsageError, match="nosuch"):
        remote_sources("nosuch://x")
    with pytest.raises(DependencyMissing, match="gcsfs"):
        monkeypatch.setitem(sys.modules, "gcsfs", None)
        remote_sources("gs://bucket/x")
    monkeypatch.setattr(type(memory), "find", lambda *args, **options: 1 / 0)
    with pytest.raises(SourceUnavailable, match="division"):
        remote_sources("memory://bucket")


def test_a_url_is_mirrored_as_a_folder_is(memory: Any, run: Run, home: Path) -> None:
    first = run("memory://bucket", mirror=True)
    assert (first.added, len(first.failed)) == (3, 1)  # node_modules is left out
    assert set(stored(home)) == {"a.md", "sub/b.txt", "r.jsonl#1"}
    assert stored(home)["sub/b.txt"].metadata["folder"] == ("sub",)
    assert run("memory://bucket", mirror=True).unchanged == 3
    memory.rm("/bucket/a.md")
    assert run("memory://bucket", mirror=True).removed == 1
    assert set(stored(home)) == {"sub/b.txt", "r.jsonl#1"}
