"""stats, verify, delete, repair, and the command itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Models, Winnow
from tests.support.documents import topical, write_records


@pytest.fixture
def filled(winnow: Winnow, home: Path, models: Models, tmp_path: Path) -> Path:
    file = write_records(tmp_path / "notes.jsonl", topical(6))
    assert winnow("ingest", file, "--home", home, "--models", models.option).code == 0
    return home


def test_stats(winnow: Winnow, filled: Path, models: Models) -> None:
    found = winnow("stats", "--home", filled, "--json").json
    assert (found["name"], found["documents"], found["chunks"], found["tombstoned"]) == ("default", 6, 6, 0)
    assert found["models"] == {"encoder": models.encoder, "reranker": models.reranker}
    assert found["metadata_schema"] == {"year": "number", "tags": "list", "checked": "bool"}
    shown = winnow("stats", "--home", filled)
    assert shown.err == "" and "documents" in shown.out and models.encoder in shown.out
    assert winnow("stats", "--home", filled, "-c", "nope").code == 2


def test_verify(winnow: Winnow, filled: Path) -> None:
    outcome = winnow("verify", "--home", filled)
    assert (outcome.code, outcome.out, outcome.err) == (0, "default: clean\n", "")
    assert winnow("verify", "--home", filled, "--json").json["problems"] == []


def test_delete(winnow: Winnow, filled: Path) -> None:
    before = winnow("stats", "--home", filled, "--json").json["generation"]
    unknown = winnow("delete", "d001", "nope", "--home", filled)
    assert unknown.code == 1 and "nope" in unknown.err and "nothing was deleted" in unknown.err
    assert winnow("stats", "--home", filled, "--json").json["documents"] == 6
    done = winnow("delete", "d001", "d003", "d001", "--home", filled, "--json")
    now = winnow("stats", "--home", filled, "--json").json
    assert done.json == {"collection": "default", "deleted": ["d001", "d003"], "generation": now["generation"]}
    assert now["generation"] > before and now["tombstoned"] == 0  # a third was deleted, so it was merged away
    left = {hit["document_id"] for hit in winnow("search", "river", "--home", filled, "--json").json["hits"]}
    assert left == {"d000", "d002", "d004", "d005"}
    assert (
        winnow("delete", "d000", "--home", filled).out == f"default: 1 deleted (generation {now['generation'] + 1})\n"
    )


def test_repair_of_what_is_whole(winnow: Winnow, filled: Path) -> None:
    assert winnow("repair", "--home", filled).code == 2
    outcome = winnow("repair", "--catalogue", "--home", filled)
    assert (outcome.code, outcome.out) == (0, "nothing to restore\n")


def test_the_command_itself(winnow: Winnow) -> None:
    version = winnow("--version")
    assert version.code == 0 and version.out.startswith("winnow ")
    help_text = winnow("--help")
    assert help_text.code == 0
    for command in ("ingest", "search", "ask-document", "stats", "verify", "delete", "repair", "merge", "gc"):
        assert command in help_text.out
        assert winnow(command, "--help").code == 0
    assert "[a..b]" in winnow("search", "--help").out  # not taken for markup
    assert winnow("serch").code == 2
