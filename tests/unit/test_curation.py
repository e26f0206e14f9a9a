"""The rules of a collection: what a file may hold, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.curation import Curation, read_curation
from engine.errors import InvalidCuration

RULES = """
[[synonyms]]
words = ["time off", "leave", "holiday"]

[[synonyms]]
query = "PTO"
words = ["paid leave"]
"""


def test_a_file_of_rules_is_read_and_written_as_json(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(RULES)
    rules = read_curation(tmp_path / "rules.toml")
    assert rules.phrases["leave"] == ("time off", "holiday") and rules.phrases["PTO"] == ("paid leave",)
    assert "paid leave" not in rules.phrases  # one way only
    (tmp_path / "rules.json").write_text(json.dumps(rules.to_json()))
    assert read_curation(tmp_path / "rules.json") == rules


def test_a_collection_without_rules_stores_none() -> None:
    assert Curation().to_json() == {} and Curation.from_json({}) == Curation()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("synonyms = 3", "synonyms"),
        ('[[synonyms]]\nwords = ["one"]', "synonyms.0"),
        ('[[synonyms]]\nwords = ["a", " "]', "synonyms.0.words.1"),
        ('[[synonym]]\nwords = ["a", "b"]', "synonym:"),
        ('[[synonyms]]\nword = ["a", "b"]', "synonyms.0.word"),
        ('[[pins]]\ndocuments = ["a"]', "a pin needs a query or a pattern"),
        ('[[pins]]\nquery = "q"\npattern = "*"\ndocuments = ["a"]', "query and pattern exclude each other"),
        ("[[hidden]]\ndocuments = []", "hidden.0.documents"),
        ('[[boosts]]\nfilter = "kind:a"\nweight = 2', "boosts.0.weight"),
        ('[[boosts]]\nfilter = "kind:a"\nweight = nan', "boosts.0.weight"),
        ('[[recency]]\nfield = "modified"\nhalf_life_days = 0\nweight = 0.1', "recency.0.half_life_days"),
        ("[[synonyms", "neither TOML nor JSON"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "rules.toml").write_text(text)
    with pytest.raises(InvalidCuration, match=said) as refused:
        read_curation(tmp_path / "rules.toml")
    assert "Value error" not in str(refused.value)  # pydantic's words, not ours


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidCuration, match="cannot be read"):
        read_curation(tmp_path / "rules.toml")
