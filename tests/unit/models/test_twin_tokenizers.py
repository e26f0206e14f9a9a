"""The tokenizer that cuts shares the vocabulary of the one that does not, and gives what one read from the file does."""

from __future__ import annotations

from pathlib import Path

import pytest
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from engine.models.checkpoints import tokenization as tokenization_module
from engine.models.checkpoints.checkpoint import read_checkpoint
from engine.models.checkpoints.tokenization import Tokenization, _twin

MODELS = Path(__file__).parents[3] / "data" / "models"
TEXTS = [
    "The river rises in the Alps.",
    "  Ein   STRASSENBAHN-Fahrplan, naïve café — 16GB [MASK] [SEP] ",
    "我住在北京。 東京タワー ไทย",
    "<ctrl> new word newword",
    "",
    "word " * 300,
]


def byte_pairs() -> Tokenizer:
    """Byte pairs with tokens that somebody added: special ones, a word before normalisation, one after it."""
    letters = "abcdefghijklmnopqrstuvwxyz<>"
    tokenizer = Tokenizer(models.BPE({letter: number for number, letter in enumerate(letters)}, []))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.decoder = decoders.BPEDecoder()
    tokenizer.add_special_tokens(["<s>", "</s>"])
    tokenizer.add_tokens(
        [AddedToken("newword", normalized=True), AddedToken("New", normalized=False, single_word=True)]
    )
    tokenizer.add_special_tokens(["<ctrl>"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> $B </s>", special_tokens=[("<s>", 28), ("</s>", 29)]
    )
    return tokenizer


def assert_alike(one: Tokenizer, other: Tokenizer) -> None:
    inputs = [*TEXTS, *zip(TEXTS, reversed(TEXTS), strict=True)]
    for special in (True, False):
        mine, theirs = (t.encode_batch(inputs, add_special_tokens=special) for t in (one, other))
        for a, b in zip(mine, theirs, strict=True):
            assert (a.ids, a.type_ids, a.offsets, a.tokens, a.special_tokens_mask) == (
                b.ids,
                b.type_ids,
                b.offsets,
                b.tokens,
                b.special_tokens_mask,
            )
    ids = one.encode(TEXTS[1]).ids
    assert one.decode(ids) == other.decode(ids)
    assert one.num_special_tokens_to_add(True) == other.num_special_tokens_to_add(True)


@pytest.mark.parametrize("name", sorted(path.name for path in MODELS.iterdir()))
def test_the_bundled_models(name: str) -> None:
    tokenization = Tokenization(read_checkpoint(MODELS / name), max_length=32)
    twin, read = _twin(tokenization._whole), tokenization._load()
    assert twin is not None
    assert_alike(twin, read)
    for tokenizer in (twin, read):
        tokenizer.enable_truncation(32, strategy="longest_first")
    assert_alike(twin, read)
    assert len(tokenization._whole.encode(TEXTS[-1])) > 32  # the first goes on cutting nothing


def test_tokens_that_were_added_by_hand() -> None:
    tokenizer = byte_pairs()
    twin = _twin(tokenizer)
    assert twin is not None
    assert_alike(twin, Tokenizer.from_str(tokenizer.to_str()))


def test_without_a_twin_the_file_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    tokenization = Tokenization(read_checkpoint(MODELS / "winnow-encoder"), max_length=32)
    expected = [encoding.ids for encoding in tokenization.encode(TEXTS)]
    monkeypatch.setattr(tokenization_module, "_twin", lambda tokenizer: None)
    alone = Tokenization(read_checkpoint(MODELS / "winnow-encoder"), max_length=32)
    assert [encoding.ids for encoding in alone.encode(TEXTS)] == expected
    assert alone._cutting is not alone._whole
