"""Token counters of the three kinds of tokenizer: WordPiece (the bundled encoder's), byte-level and space-marking BPE."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from tests.support.shared_data import ROOT

_TEXTS = [
    "The chunker packs whole sentences, and the overlap repeats some of them.",
    "Wörter, die der Zeilenumbruch trennt; naïve café. 天地玄黄，宇宙洪荒。",
    "def main(argv): return 0  # a comment",
]


class Counter:
    """`TokenCounter` over a tokenizer."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        tokenizer.no_truncation()
        tokenizer.no_padding()

    def offsets(self, text: str) -> list[tuple[int, int]]:
        return list(self._tokenizer.encode(text, add_special_tokens=False).offsets)

    def count(self, texts: Sequence[str]) -> list[int]:
        return [len(encoding) for encoding in self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]


class Words:
    """`TokenCounter` of words between spaces."""

    def offsets(self, text: str) -> list[tuple[int, int]]:
        return [match.span() for match in re.finditer(r"\S+", text)]

    def count(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]


@lru_cache
def word_piece() -> Counter:
    return Counter(Tokenizer.from_file(str(ROOT / "data/models/winnow-encoder/tokenizer.json")))


@lru_cache
def byte_level() -> Counter:
    """As GPT-2 and ModernBERT have it: a character may be several tokens, and a space belongs to the word after it."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        _TEXTS, trainers.BpeTrainer(vocab_size=400, initial_alphabet=alphabet, show_progress=False)
    )
    return Counter(tokenizer)


@lru_cache
def space_marking() -> Counter:
    """As SentencePiece has it: each text begins with a mark, so the parts of a text have more tokens than the whole."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.train_from_iterator(
        _TEXTS, trainers.BpeTrainer(vocab_size=300, special_tokens=["<unk>"], show_progress=False)
    )
    return Counter(tokenizer)


COUNTERS = {"word piece": word_piece, "byte level": byte_level, "space marking": space_marking}
