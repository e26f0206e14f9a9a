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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[boosts]]\nfilter = "nothing:x"\nweight = 0.1', "There is no field 'nothing'"),
        ('[[boosts]]\nfilter = "title:[a"\nweight = 0.1', "boost cannot be used"),
        ('[[recency]]\nfield = "title"\nhalf_life_days = 9\nweight = 0.1', "recency needs a date"),
    ],
)
def test_a_boost_must_fit_the_collection(
    stored: Path, home: Path, winnow: Winnow, tmp_path: Path, text: str, said: str
) -> None:
    outcome = winnow("curate", "c", "--home", home, "--file", rules(tmp_path, text))
    assert outcome.code == 2 and "invalid_curation" in outcome.err and said in " ".join(outcome.err.split())


def test_newer_documents_come_first(home: Path, models: Models, winnow: Winnow, tmp_path: Path) -> None:
    days = ["2024-01-01", "2024-07-01", "2025-01-01"]
    notes = [{"id": day, "text": f"The minutes of the meeting in room {day[:4]}.", "held": day} for day in days]
    file = write_records(tmp_path / "minutes.jsonl", [*notes, {"id": "undated", "text": "The minutes of a meeting."}])
    ingest([file], home=home, collection="c", encoder=models.encoder, reranker=models.reranker)
    text = '[[recency]]\nfield = "held"\nhalf_life_days = 366\nweight = 1\n'
    winnow("curate", "c", "--home", home, "--file", rules(tmp_path, text))
    hits = winnow("search", "minutes", "-c", "c", "--home", home, "--collapse", "document", "--json").json["hits"]
    boosts = {hit["document_id"]: hit["boost"] for hit in hits}
    assert boosts["undated"] == 0 and hits[0]["document_id"] == "2025-01-01"
    assert boosts["2024-01-01"] == pytest.approx(boosts["2025-01-01"] / 2)
    assert "rules +" in winnow("search", "minutes", "-c", "c", "--home", home, "--explain").out
