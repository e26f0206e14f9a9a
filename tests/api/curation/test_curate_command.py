"""`winnow curate`: rules are stored with the collection, shown, kept by later commits, and removed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from indexer.ingest import ingest
from tests.conftest import Models, Winnow
from tests.support.documents import write_records

NOTES = [
    {"id": "leave", "title": "Leave", "text": "Everybody has thirty days of paid leave in a year."},
    {"id": "river", "title": "River", "text": "The river freezes in winter."},
    {"id": "bread", "title": "Bread", "text": "Bread is baked at night."},
]


@pytest.fixture
def stored(home: Path, models: Models, tmp_path: Path) -> Path:
    file = write_records(tmp_path / "notes.jsonl", NOTES)
    ingest([file], home=home, collection="c", encoder=models.encoder, reranker=models.reranker)
    return file


def rules(folder: Path, text: str) -> Path:
    file = folder / "rules.toml"
    file.write_text(text)
    return file


def test_rules_are_set_shown_kept_and_removed(
    stored: Path, home: Path, winnow: Winnow, tmp_path: Path, models: Models
) -> None:
    file = rules(tmp_path, '[[synonyms]]\nquery = "PTO"\nwords = ["paid leave"]\n')
    assert winnow("curate", "-c", "c", "--home", home, "--file", file).out == "c: synonyms 1, generation 3\n"
    shown = json.loads(winnow("curate", "c", "--home", home).out)
    assert shown == {"synonyms": [{"query": "PTO", "words": ["paid leave"]}]}
    write_records(stored, [*NOTES, {"id": "more", "text": "One more."}])
    ingest([stored], home=home, collection="c", encoder=models.encoder, reranker=models.reranker)
    assert winnow("curate", "c", "--home", home, "--json").json["rules"] == shown
    found = winnow("search", "PTO", "-c", "c", "--home", home, "--mode", "lexical", "--json").json
    assert [hit["document_id"] for hit in found["hits"]] == ["leave"]
    assert found["reading"]["synonyms"] == [{"typed": "pto", "also": ["paid leave"]}]
    assert not found["reading"]["nowhere"] and not found["reading"]["corrections"]
    assert "pto: also paid leave" in winnow("search", "PTO", "-c", "c", "--home", home, "--explain").err
    assert winnow("curate", "c", "--home", home, "--clear").out.startswith("c: no rules, generation")
    assert winnow("search", "PTO", "-c", "c", "--home", home, "--mode", "lexical", "--json").json["hits"] == []


def test_a_wrong_file_changes_nothing(stored: Path, home: Path, winnow: Winnow, tmp_path: Path) -> None:
    outcome = winnow("curate", "c", "--home", home, "--file", rules(tmp_path, "pin = 3"))
    assert outcome.code == 2 and "invalid_curation" in outcome.err and "pin" in outcome.err
    assert winnow("curate", "c", "--home", home, "--json").json == {"collection": "c", "generation": 2, "rules": {}}
