"""merge, gc and repair of a damaged collection, by the command line with a tiny encoder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Models, Winnow
from tests.support.documents import topical, write_records


@pytest.fixture
def filled(winnow: Winnow, home: Path, models: Models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three segments, which an ingest would have merged."""
    with monkeypatch.context() as patch:
        patch.setattr("indexer.ingest.merge_due", lambda *given: None)
        for number in range(3):
            file = write_records(tmp_path / f"notes{number}.jsonl", topical(12)[4 * number : 4 * number + 4])
            assert winnow("ingest", file, "--home", home, "--models", models.option).code == 0
    return home


def _hits(winnow: Winnow, home: Path) -> list[Any]:
    hits = winnow("search", "river", "--home", home, "--json", "-k", 20).json["hits"]
    return [(hit["chunk_id"], pytest.approx(hit["score"], abs=1e-6)) for hit in hits]


def _segments(home: Path) -> list[Path]:
    return sorted((home / "collections").glob("*/segments/*"))


def test_merge(winnow: Winnow, filled: Path) -> None:
    before = _hits(winnow, filled)
    outcome = winnow("merge", "--home", filled)
    assert outcome.out == "default: 3 segments, now 1 (1 merge, 12 chunks written, 0 deleted ones left behind)\n"
    assert winnow("stats", "--home", filled, "--json").json["segments"] == 1
    assert _hits(winnow, filled) == before
    assert winnow("merge", "--home", filled, "--json").json["merges"] == 0  # nothing is due
    assert winnow("merge", "--full", "--home", filled, "--json").json["merges"] == 1
    assert winnow("merge", "nope", "--home", filled).code == 2


def test_gc(winnow: Winnow, filled: Path) -> None:
    winnow("merge", "--full", "--home", filled)
    young = winnow("gc", "--home", filled, "--json").json
    assert (young["removed"], young["bytes"]) == ([], 0)
    dry = winnow("gc", "--dry-run", "--grace", 0, "--home", filled, "--json").json
    assert len(_segments(filled)) == 4 and dry["bytes"] > 0
    done = winnow("gc", "--grace", 0, "--home", filled, "--json").json
    assert sorted(done["removed"]) == sorted(dry["removed"]) and done["bytes"] == dry["bytes"]
    assert len(_segments(filled)) == 1
    assert winnow("gc", "--grace", 0, "--home", filled).out == "default: 0 files and folders removed, 0 bytes\n"
    assert winnow("verify", "--home", filled).code == 0


def test_repair_rebuilds_vectors_with_the_encoder(winnow: Winnow, filled: Path) -> None:
    before = _hits(winnow, filled)
    path = _segments(filled)[0] / "vectors" / "int8.i8"
    path.write_bytes(path.read_bytes()[:-7])
    failed = winnow("search", "river", "--home", filled)
    assert failed.code == 1 and "winnow repair" in failed.err
    repaired = winnow("repair", "default", "--home", filled)
    assert repaired.code == 0 and "(vectors)" in repaired.out and "set aside: quarantine/" in repaired.out
    assert winnow("verify", "--home", filled).code == 0
    assert _hits(winnow, filled) == before
    assert "nothing to repair" in winnow("repair", "default", "--home", filled).out


def test_repair_names_what_is_lost_and_ingest_brings_it_back(
    winnow: Winnow, filled: Path, tmp_path: Path, models: Models
) -> None:
    before = _hits(winnow, filled)
    for name in ("chunks.arrow", "text.parity"):
        (_segments(filled)[1] / name).unlink()
    repaired = winnow("repair", "default", "--home", filled, "--json")
    assert repaired.code == 1 and sorted(repaired.json["lost"]) == ["d004", "d005", "d006", "d007"]
    assert winnow("search", "river", "--home", filled).code == 0
    assert winnow("ingest", tmp_path / "notes1.jsonl", "--home", filled, "--models", models.option).code == 0
    assert _hits(winnow, filled) == before
