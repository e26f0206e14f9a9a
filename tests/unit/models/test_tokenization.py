from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.errors import ModelNotFound, UnsupportedModel
from engine.models.checkpoints.checkpoint import read_checkpoint
from engine.models.checkpoints.tokenization import Tokenization
from tests.support.checkpoints import TEXTS, VOCABULARY, tiny_encoder


def _tokenization(path: Path, max_length: int | None = 16) -> Tokenization:
    return Tokenization(read_checkpoint(path), max_length=max_length)


def _lengths(encoding_types: list[int]) -> tuple[int, int]:
    """Tokens of the first and the second text of a pair, special tokens left out ([CLS] a [SEP] b [SEP])."""
    second = sum(encoding_types) - 1
    return len(encoding_types) - second - 3, second


def test_pairs_are_cut_longest_first(tmp_path: Path) -> None:
    tokenization = _tokenization(tiny_encoder(tmp_path), 16)  # 13 tokens beside the special ones
    cases = {(2, 3): (2, 3), (2, 50): (2, 11), (50, 2): (11, 2), (50, 50): (7, 6), (10, 3): (10, 3), (12, 2): (11, 2)}
    for (first, second), expected in cases.items():
        encoding = tokenization.encode([("a " * first, "b " * second)])[0]
        assert sum(_lengths(encoding.type_ids)) == min(first + second, 13)
        assert sorted(_lengths(encoding.type_ids)) == sorted(expected)


def test_counting_never_cuts(tmp_path: Path) -> None:
    tokenization = _tokenization(tiny_encoder(tmp_path), 8)
    assert tokenization.count(["a " * 100, ""]) == [100, 0]
    assert len(tokenization.encode(["a " * 100])[0]) == 8
    assert tokenization.count(["a " * 100]) == [100]


def test_vocabulary_alone_is_enough(tmp_path: Path) -> None:
    """A checkpoint older than tokenizer.json: the same ids from vocab.txt."""
    path = tiny_encoder(tmp_path)
    expected = [encoding.ids for encoding in _tokenization(path).encode(TEXTS)]
    (path / "tokenizer.json").unlink()
    (path / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n", "utf-8")
    assert [encoding.ids for encoding in _tokenization(path).encode(TEXTS)] == expected


def test_lower_case_option(tmp_path: Path) -> None:
    path = tiny_encoder(tmp_path)
    tokenizer = (path / "tokenizer.json").read_text("utf-8")
    (path / "tokenizer.json").write_text(tokenizer.replace('"lowercase": true', '"lowercase": false'), "utf-8")
    cased = _tokenization(path)
    (path / "sentence_bert_config.json").write_text('{"max_seq_length": 16, "do_lower_case": true}')
    lowered = _tokenization(path)
    ids = [tokenization.encode(["RIVER"])[0].ids for tokenization in (cased, lowered)]
    assert ids[0] != ids[1] == cased.encode(["river"])[0].ids
    assert cased.digest != lowered.digest


def test_missing_and_damaged_tokenizer(tmp_path: Path) -> None:
    path = tiny_encoder(tmp_path)
    (path / "tokenizer.json").write_text('{"model": ')
    with pytest.raises(UnsupportedModel, match="cannot be read"):
        _tokenization(path).count(["a"])
    (path / "tokenizer.json").unlink()
    with pytest.raises(ModelNotFound, match="has neither"):
        _tokenization(path).count(["a"])


def _byte_vocabulary(path: Path, special: list[str], **named: str) -> Path:
    """Letters and the pair "ri", as byte-level tokenizers keep them, with a family's special tokens first."""
    path = tiny_encoder(path)
    (path / "tokenizer.json").unlink()
    (path / "tokenizer_config.json").write_text(json.dumps(named))
    (path / "config.json").write_text(json.dumps(json.loads((path / "config.json").read_text()) | {"model_type": ""}))
    words = [*special, *"abcdefghijklmnopqrstuvwxyz", "\u0120", "ri"]
    (path / "vocab.json").write_text(json.dumps({word: number for number, word in enumerate(words)}))
    (path / "merges.txt").write_text("#version: 0.2\nr i\n")
    return path


@pytest.mark.parametrize(
    "named", [{}, {"tokenizer_class": "DebertaTokenizer"}, {"tokenizer_class": "DebertaTokenizerFast"}]
)
def test_deberta_has_its_own_special_tokens(tmp_path: Path, named: dict[str, str]) -> None:
    path = _byte_vocabulary(tmp_path, ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"], **named)
    encoding = _tokenization(path).encode([("ri", "a")])[0]
    assert encoding.ids == [1, 32, 2, 5, 2] and encoding.type_ids == [0, 0, 0, 1, 1]


def test_roberta_keeps_its_special_tokens(tmp_path: Path) -> None:
    encoding = _tokenization(_byte_vocabulary(tmp_path, ["<s>", "<pad>", "</s>", "<unk>", "<mask>"])).encode(
        [("ri", "a")]
    )
    assert encoding[0].ids == [0, 32, 2, 2, 5, 2]


@pytest.mark.parametrize(
    ("special", "named"),
    [(["<s>", "</s>"], "GPT2Tokenizer"), (["[CLS]", "[SEP]"], "RobertaTokenizer"), (["<|endoftext|>"], "")],
)
def test_a_tokenizer_that_cannot_be_told_is_refused(tmp_path: Path, special: list[str], named: str) -> None:
    """Ids beyond the vocabulary, or of another tokenizer, would give wrong answers without a word."""
    path = _byte_vocabulary(tmp_path, special, **({"tokenizer_class": named} if named else {}))
    with pytest.raises(UnsupportedModel, match=r"vocab\.json"):
        _tokenization(path).count(["a"])


def test_word_pieces_of_another_tokenizer_are_refused(tmp_path: Path) -> None:
    path = tiny_encoder(tmp_path)
    (path / "tokenizer.json").unlink()
    (path / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n", "utf-8")
    (path / "tokenizer_config.json").write_text('{"tokenizer_class": "BertJapaneseTokenizer"}')
    with pytest.raises(UnsupportedModel, match="BertJapaneseTokenizer"):
        _tokenization(path).count(["a"])


def test_mpnet_reads_word_pieces_between_its_own_tokens(tmp_path: Path) -> None:
    path = tiny_encoder(tmp_path)
    (path / "tokenizer.json").unlink()
    (path / "vocab.txt").write_text("\n".join(["<s>", "<pad>", "</s>", "[UNK]", "river", "##s", "<mask>"]) + "\n")
    (path / "tokenizer_config.json").write_text('{"tokenizer_class": "MPNetTokenizer"}')
    assert _tokenization(path).encode(["Rivers"])[0].ids == [0, 4, 5, 2]
    pair = _tokenization(path).encode([("river", "rivers")])[0]
    assert pair.ids == [0, 4, 2, 2, 4, 5, 2] and set(pair.type_ids) == {0}
