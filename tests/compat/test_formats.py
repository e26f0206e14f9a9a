"""Collections of every format so far are opened, searched, written to, merged and verified."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from engine.errors import FormatTooNew, StoreDamaged
from engine.store import FORMAT
from engine.store.formats import to_present
from engine.store.merging.merge import merge_all
from engine.store.repair.verify import verify
from engine.store.sealed import seal, unseal
from engine.store.writer import open_writer
from tests.compat.make_fixture import FIXTURES, answers


@pytest.fixture(params=range(1, FORMAT + 1))
def fixture(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    with tarfile.open(FIXTURES / f"v{request.param}.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path


def near(hits: Any) -> Any:
    """Scores agree to four digits: processors differ in the last ones."""
    return [[key, text, pytest.approx(score, abs=1e-4)] for key, text, score in hits]


def test_an_older_format_answers_as_it_did(fixture: Path) -> None:
    older: dict[str, Any] = {"places": {}, "runtimes": ["unknown"]}  # known from formats 4 and 6 on
    expected = {**older, **json.loads((fixture / "expected.json").read_text())}
    assert answers(fixture) == {**expected, "hits": {query: near(hits) for query, hits in expected["hits"].items()}}
    assert verify(fixture / "home", "docs").problems == ()


def test_an_older_format_is_written_to_and_merged(fixture: Path) -> None:
    home, before = fixture / "home", answers(fixture)
    with open_writer(home, "docs") as writer:
        merge_all(writer)
        after = answers(fixture)
        assert (after["documents"], after["places"]) == (before["documents"], before["places"])
        # A merge analyses again: one character of a script without spaces was not found by format 1's analyser.
        assert {**after["hits"], "船": before["hits"]["船"]} == before["hits"]
        assert after["hits"]["船"][0][0] == "a#0"
        writer.commit(None, deletes=["c"])
    assert verify(home, "docs").problems == ()
    assert answers(fixture)["documents"] == {k: v for k, v in before["documents"].items() if k != "c"}


def test_fixtures_are_small() -> None:
    assert all(path.stat().st_size < 200_000 for path in FIXTURES.iterdir())


def test_steps_are_taken_one_after_the_other() -> None:
    steps: Any = {
        ("manifest", 1): lambda data: {**data, "added": len(data)},
        ("segment", 1): lambda data: {"never": "asked"},
        ("manifest", 3): lambda data: {**data, "twice": data["added"] * 2},
    }
    assert to_present({"a": 1}, "manifest", 1, present=4, steps=steps) == {"a": 1, "added": 1, "twice": 2}
    assert to_present({"a": 1, "added": 5}, "manifest", 2, present=4, steps=steps)["twice"] == 10
    assert to_present({"a": 1}, "manifest", 4, present=4, steps=steps) == {"a": 1}
    with pytest.raises(FormatTooNew, match="format 5"):
        to_present({}, "manifest", 5, present=4, steps=steps)


@pytest.mark.parametrize("segments", [7, None, [3], [{"embedded": True}]])
def test_a_manifest_of_another_shape_is_damaged_in_older_formats_too(segments: Any) -> None:
    with pytest.raises(StoreDamaged):
        unseal(seal({"segments": segments}, written_in=5), "7.json")
