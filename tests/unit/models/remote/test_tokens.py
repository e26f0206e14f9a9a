"""The estimate of tokens: places that fit the text, and near what real tokenizers make of it."""

from __future__ import annotations

import pytest

from engine.models import load_encoder
from engine.models.remote.tokens import EstimatedTokens

TEXTS = [
    "Every employee has thirty days of leave, which must be taken by the end of March.",
    "def add(a: int, b: int) -> int:\n    return a + b  # a sum",
    "Die Krankenversicherungsbeiträge werden vom Arbeitgeber überwiesen.",
    "Договор вступает в силу с момента подписания.",
    "契約は署名の時点で効力を生じる。",
    "ERR_CONNECTION_REFUSED 0x80070005 v1.2.3-rc4",
    "🙂🙂🙂",
    "",
]


@pytest.mark.parametrize("text", TEXTS)
def test_spans_cover_all_but_white_space(text: str) -> None:
    tokens = EstimatedTokens()
    spans = tokens.offsets(text)
    assert "".join(text[start:end] for start, end in spans) == "".join(text.split())
    assert tokens.count([text]) == [len(spans)]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("model", ["bundled", "bundled-multilingual"])
def test_is_hardly_less_than_a_tokenizer_says(text: str, model: str) -> None:
    assert 1.25 * EstimatedTokens().count([text])[0] >= load_encoder(model).tokens.count([text])[0]


def test_is_not_far_off_for_prose() -> None:
    real = load_encoder("bundled").tokens.count(TEXTS[:1])[0]
    assert real <= EstimatedTokens().count(TEXTS[:1])[0] <= 1.6 * real


@pytest.mark.parametrize("most", [0, 1, 5, 1000])
def test_cuts_to_what_it_counts(most: int) -> None:
    tokens = EstimatedTokens()
    for text in TEXTS:
        cut = tokens.cut(text, most)
        assert text.startswith(cut) and tokens.count([cut])[0] == min(most, tokens.count([text])[0])
