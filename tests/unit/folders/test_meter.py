"""How much has been read is told while it is, also within one large file."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from indexer.ingest import ingest
from indexer.report import Progress
from indexer.sources.meter import metered
from indexer.sources.source import discover
from tests.support.documents import topical, write_folder, write_records


def test_bytes_of_what_can_be_read_are_counted(tmp_path: Path) -> None:
    write_folder(tmp_path, {"a.md": "12345", "sub/b.txt": "123", "c.exe": "1" * 1000})
    with metered([tmp_path], None) as meter:
        assert (meter.read, meter.size) == (0, 8)
        told = [meter.read for _ in discover([tmp_path])]
    assert told == [5, 5, 8]
    list(discover([tmp_path]))
    assert meter.read == 8  # nobody counts any more


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_large_file_is_told_of_while_it_is_read(tmp_path: Path, suffix: str) -> None:
    data = "".join(json.dumps({"text": f"{n} {'x' * 300}"}) + "\n" for n in range(3000)).encode()
    file = tmp_path / f"r.jsonl{suffix}"
    file.write_bytes(gzip.compress(data, 0) if suffix else data)
    with metered([file], None) as meter:
        told = [meter.read for _ in discover([file])]
    assert told == sorted(told) and 0 < told[0] < told[1500] < told[-1] <= file.stat().st_size
    assert meter.read == meter.size == file.stat().st_size


def test_an_ingest_tells_it(static: str, home: Path, tmp_path: Path) -> None:
    file, heard = write_records(tmp_path / "r.jsonl", topical(20)), list[Progress]()
    ingest([file], home=home, collection="c", encoder=static, reranker="none", watch=heard.append)
    assert {progress.size for progress in heard} == {file.stat().st_size}
    assert [progress.read for progress in heard] == sorted(progress.read for progress in heard)
    assert heard[-1].read == file.stat().st_size
