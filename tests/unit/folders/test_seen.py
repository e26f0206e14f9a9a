"""Files that have not changed are not read, as long as the collection holds what was found in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from indexer.sources.seen import Seen
from indexer.sources.source import Found, Skipped, Source, discover
from tests.support.documents import topical, write_folder, write_records
from tests.support.files.office import zipped


class Reading:
    """A folder that is looked at again and again; what was read for that is counted."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.seen, self.read = folder, Seen(), list[str]()

    def look(self) -> list[Found]:
        self.read.clear()
        return list(discover([self.folder], remember=self._remember))

    def _remember(self, file: Path, read: Callable[[], Iterator[Found]]) -> Iterator[Found]:
        def counted() -> Iterator[Found]:
            self.read.append(file.name)
            yield from read()

        return self.seen(file, counted)

    def store(self) -> None:
        self.seen.stored = {found.content_hash for found in self.look() if isinstance(found, Source)}


@pytest.fixture
def reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reading:
    monkeypatch.setattr("indexer.sources.seen._SETTLED_NS", 0)
    folder = write_folder(tmp_path / "docs", {"a.md": "# A", "b.md": "# B"})
    write_records(folder / "r.jsonl", topical(5))
    return Reading(folder)


def test_what_is_stored_is_not_read_again(reading: Reading) -> None:
    first = reading.look()
    reading.store()
    again = reading.look()
    assert reading.read == []
    assert [(found.id, found.content_hash) for found in again] == [(found.id, found.content_hash) for found in first]
    assert [found.parse() for found in again] == [found.parse() for found in first]


def test_a_changed_file_is_read_alone(reading: Reading) -> None:
    reading.store()
    write_folder(reading.folder, {"b.md": "# Other"})
    found = reading.look()
    assert reading.read == ["b.md"]
    assert [source.parse().title for source in found[:2]] == ["A", "Other"]


def test_a_file_of_which_something_is_not_stored_is_read_again(reading: Reading) -> None:
    reading.store()
    records = [found for found in reading.look() if found.uri.startswith(f"{reading.folder}/r.jsonl")]
    reading.seen.stored = set(reading.seen.stored) - {records[3].content_hash}
    reading.look()
    assert reading.read == ["r.jsonl"]


def test_an_archive_is_not_read_again_for_what_is_skipped_in_it(reading: Reading) -> None:
    (reading.folder / "a.zip").write_bytes(zipped({"a.md": "# In it", "b.exe": b"\0\1", ".c.md": "hidden"}))
    reading.store()
    again = reading.look()
    assert reading.read == []
    assert {item.reason for item in again if isinstance(item, Skipped)} == {"no parser", "hidden"}


def test_what_failed_and_what_was_just_written_is_read_again(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    (reading.folder / "r.jsonl").write_text("{bad\n")
    reading.store()
    reading.look()
    assert reading.read == ["r.jsonl"]
    monkeypatch.setattr("indexer.sources.seen._SETTLED_NS", 10**15)
    write_folder(reading.folder, {"b.md": "# Just now"})
    reading.store()
    reading.look()
    assert "b.md" in reading.read
