"""Tokens read word by word are the tokenizer's own, whatever the text."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.models.checkpoints import words
from engine.models.checkpoints.checkpoint import read_checkpoint
from engine.models.checkpoints.tokenization import Tokenization
from engine.models.checkpoints.words import WordTokenization
from tests.support.checkpoints import tiny_encoder

MODEL = Path(__file__).parents[3] / "data" / "models" / "winnow-static"
SPACES = [" ", "\n", "\t", "\r", "\x1c", "\x85", "\u2028", "\u3000", "\u200b", "\ufeff", "\0", "\xad"]
SPACES += ["\x0b", "\x0c", "\xa0"]
MARKS = [".", "-", "_", "'", "[", "]", "##", "…", "。", "\x7f", "\x80"]
LETTERS = [
    "a",
    "B",
    "é",
    "e\u0301",
    "\u0301",
    "ß",
    "İ",
    "中",
    "日本",
    "𝒳",
    "🙂",
    "\U0001f468\u200d",
    "١",
    "ﬁ",
    "Σ",
    "ａ",
]
WORDS = ["running", "WordPiece", "x" * 101, "[SEP]", "[MASK]", "[mask]", "sub##ing"]
TEXTS = st.lists(st.sampled_from(SPACES + MARKS + LETTERS + WORDS), max_size=30).map("".join) | st.text(max_size=60)


def both(directory: Path) -> tuple[Tokenization, WordTokenization]:
    checkpoint = read_checkpoint(directory)
    return Tokenization(checkpoint, max_length=16), WordTokenization(checkpoint, max_length=16)


def assert_same(plain: Tokenization, by_word: WordTokenization, text: str) -> None:
    texts = [text, "a word", text]
    assert [ids.tolist() for ids in by_word.plain_ids(texts)] == [e.ids for e in plain.encode_plain(texts)]
    assert by_word.count([text]) == plain.count([text])
    assert by_word.ends(text).tolist() == [end for _, end in plain.offsets(text)]


@pytest.fixture(scope="module")
def pair() -> tuple[Tokenization, WordTokenization]:
    return both(MODEL)


@given(TEXTS)
@example("")
@example("The river rises in the Alps, [CLS] and the\tsea is far.\r\n" * 3)
def test_tokens_are_those_of_the_whole_text(pair: tuple[Tokenization, WordTokenization], text: str) -> None:
    plain, by_word = pair
    assert by_word._apart
    assert_same(plain, by_word, text)


def test_a_word_is_read_once(pair: tuple[Tokenization, WordTokenization]) -> None:
    by_word = both(MODEL)[1]
    by_word.plain_ids(["the river and the bridge"])
    assert by_word._remembered.keys() == {"the", "river", "and", "bridge"}
    by_word.plain_ids(["the (river)."])
    assert by_word._remembered.keys() == {"the", "river", "and", "bridge", "(river).", "(", ")", "."}
    by_word.count(["y" * 65])
    assert "y" * 65 not in by_word._remembered


def test_no_more_is_remembered_than_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "_MEMORY", 4)
    plain, by_word = both(MODEL)
    for text in ["one two three", "three four five six", "one two seven", "seven eight"]:
        assert_same(plain, by_word, text)
        assert len(by_word._remembered) <= 4


def test_other_tokenizers_read_the_whole_text(tmp_path: Path) -> None:
    path = tiny_encoder(tmp_path)
    (path / "sentence_bert_config.json").write_text('{"max_seq_length": 16, "do_lower_case": true}')
    plain, by_word = both(path)
    assert not by_word._apart
    assert_same(plain, by_word, "The RIVER, a bridge.")


def test_another_process_is_given_it_without_its_memory(pair: tuple[Tokenization, WordTokenization]) -> None:
    plain, by_word = pair
    by_word.count(["a bridge"])
    given_away = pickle.loads(pickle.dumps(by_word))
    assert not given_away._remembered
    assert_same(plain, given_away, "A bridge, and another one.")
