"""Models that declare their languages step aside for queries in others, and only for these."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.models import load_encoder, load_reranker
from engine.models.checkpoints.card import read_card
from engine.models.checkpoints.locate import locate
from engine.models.checkpoints.presets import MULTILINGUAL
from engine.query.pipeline import Request
from engine.text.language import LANGUAGES, is_elsewhere, is_outside
from tests.support.checkpoints import tiny_cross_encoder, tiny_encoder
from tests.support.rerankers import Judge
from tests.unit.query.conftest import Make
from tests.unit.query.test_options import by_length

ENGLISH = frozenset({"en"})
MIXED = ("en", "de", "fr", "es", "zh")


@pytest.mark.parametrize(
    "query",
    [
        "Wie repariere ich einen tropfenden Wasserhahn?",
        "comment soigner une brûlure à la main",
        "cómo se trata una quemadura leve en casa",
        "怎么修理水龙头",
        "как починить кран",
        "πώς",
        "بحث",
        "договор",
    ],
)
def test_a_query_in_another_language(query: str) -> None:
    assert is_outside(query, ENGLISH, MIXED)
    assert not is_outside(query, ENGLISH | {"de", "fr", "es", "zh", "ru", "el", "ar"}, MIXED)


@pytest.mark.parametrize("query", ["გამარჯობა", "বাংলা ভাষা", "ኢትዮጵያ", "မြန်မာ", "ਪੰਜਾਬੀ"])
def test_a_query_in_a_script_that_no_language_of_the_model_is_written_in(query: str) -> None:
    everything = frozenset(LANGUAGES)
    assert is_outside(query, ENGLISH, MIXED) and is_outside(query, everything, sorted(everything))
    assert not is_outside(query, {"ka", "bn", "am", "my", "pa"}, MIXED)


@pytest.mark.parametrize(
    "query",
    [
        "river", "aerodynamic drag", "kindergarten", "protein folding kinetics", "how to fix a dripping tap", "",
        "déjà vu", "boundary layer flow", "http://example.org/a?b=c", "TLS 1.3 RFC 8446", "12345 -- 67", "el niño",
        "in vitro fertilisation", "α-synuclein aggregation in neurons",
    ],
)  # fmt: skip
def test_a_query_that_may_be_english(query: str) -> None:
    assert not is_outside(query, ENGLISH, MIXED)
    assert not is_outside(query, ENGLISH, ENGLISH)


def test_only_languages_of_the_collection_are_told_apart_in_latin_script() -> None:
    assert not is_outside("Wie repariere ich einen tropfenden Wasserhahn?", ENGLISH, ["en"])


@pytest.mark.parametrize(
    "query",
    [
        "Wie repariere ich einen tropfenden Wasserhahn?",
        "comment soigner une brûlure à la main",
        "怎么修理水龙头",
        "как починить кран на кухне",
        "Πόσους πόντους επέτρεψε η άμυνα των Πάνθερς;",
    ],
)
def test_a_question_in_no_language_of_the_collection_is_noticed(query: str) -> None:
    assert is_elsewhere(query, ["en"])
    assert not is_elsewhere(query, ["en", "de", "fr", "zh", "ru", "el"])
    assert not is_elsewhere(query, [])


def test_an_english_question_over_german_documents_is_noticed() -> None:
    assert is_elsewhere("how do I repair a dripping tap", ["de"])
    for short in ("dripping tap", "Kindergarten", "http://example.org/a?b=c", "TLS 1.3 RFC 8446 error 42"):
        assert not is_elsewhere(short, ["de"])


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("language: en", {"en"}),
        ("language: [en, De-AT, no]", {"en", "de", "no"}),
        ("language:\n- multilingual\n- en", None),
        ("license: mit", None),
        ("language: [", None),
        ("just text", None),
    ],
)
def test_what_a_card_declares(tmp_path: Path, header: str, expected: set[str] | None) -> None:
    (tmp_path / "README.md").write_text(f"---\n{header}\n---\n# Model\n", encoding="utf-8")
    assert read_card(tmp_path / "README.md").languages == expected
    assert read_card(tmp_path / "missing.md").languages is None


def test_models_know_their_languages(tmp_path: Path) -> None:
    assert load_encoder().languages == load_reranker().languages == frozenset({"en"})
    assert read_card(locate(MULTILINGUAL, "encoder") / "README.md").languages == frozenset(LANGUAGES)
    assert load_encoder(str(tiny_encoder(tmp_path / "e"))).languages is None
    assert load_reranker(str(tiny_cross_encoder(tmp_path / "r"))).languages is None


class English(Judge):
    languages = ENGLISH  # type: ignore[assignment]


def test_a_foreign_query_is_searched_lexically(searcher: Make) -> None:
    judge = English(by_length)
    searched = searcher(judge)
    result = searched.search(Request("как починить кран river"))
    assert result.degraded == ("query:language", "rerank:language") and not judge.asked and result.scored == 0

    class Encoder:
        languages = ENGLISH

        def __getattr__(self, name: str) -> object:
            return getattr(inner, name)

    inner = searched.encoder
    searched.encoder = Encoder()  # type: ignore[assignment]
    result = searched.search(Request("как починить кран bridge", 5))
    assert result.degraded == ("dense:language", "query:language", "rerank:language")
    assert all("dense" not in hit.stages for hit in result.hits) and result.hits
    assert searched.search(Request("the bridge", 5)).degraded == ()
    asked = searched.search(Request("как починить кран bridge", 5, mode="dense"))
    assert all("dense" in hit.stages for hit in asked.hits) and asked.hits
