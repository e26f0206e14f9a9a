"""Tokens of a text word by word, each word read once: the same tokens in a small part of the time."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Sequence
from functools import cache, cached_property
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.models.checkpoints.tokenization import Tokenization

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# BERT's tokenizers part every text at white space, and before and after each of these marks, whatever stands around.
_PART = re.compile(r"[^!-/:-@\[-`{-~]+|[!-/:-@\[-`{-~]")
_JOINING = "\x0b\x0c\x1c\x1d\x1e\x1f\x85"  # white space to Python, and to them nothing at all
_LAST_SPACE = 0x3000
_MEMORY = 150_000  # words, with and without marks, some 45 MB
_LONGEST = 64  # code points of a word that is remembered

_NUMBER = np.dtype(np.intc)  # as array("i") has it
_Word = tuple[bytes, bytes]  # the ids of a word's tokens, and where in it they end: arrays of _NUMBER
_IDS, _ENDS = itemgetter(0), itemgetter(1)
_OWN = ("_remembered", "_latest")  # of a process


class WordTokenization(Tokenization):
    """A tokenization that reads no word twice, where the tokenizer reads each by itself. Safe under threads; another
    process that is given it remembers words of its own.
    """

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name not in _OWN}

    def count(self, texts: Sequence[str]) -> list[int]:
        """Number of tokens of each text, without special tokens, never cut."""
        return list(map(len, self.plain_ids(texts)))

    def plain_ids(self, texts: Sequence[str]) -> list[NDArray[np.int32]]:
        """The ids of each text's tokens, without special ones, never cut: an array of shape (tokens,) for each."""
        before, ids = self._latest
        if before != texts:
            before, ids = self._latest = list(texts), self._ids(texts)
        return ids

    def _ids(self, texts: Sequence[str]) -> list[NDArray[np.int32]]:
        if not all(map(self._in_words, texts)):
            return [np.array(encoding.ids, _NUMBER) for encoding in self.encode_plain(texts)]
        known = self._remembered.__getitem__
        return [np.frombuffer(b"".join(map(_IDS, map(known, text.split()))), _NUMBER) for text in texts]

    def ends(self, text: str) -> NDArray[np.int64]:
        """Where the tokens of `text` end, in code points, without special tokens, never cut."""
        if not self._in_words(text):
            return np.array([end for _, end in self.offsets(text)], np.int64)
        ends = list(map(_ENDS, map(self._remembered.__getitem__, text.split())))
        counts = np.fromiter(map(len, ends), np.int64, len(ends)) // _NUMBER.itemsize
        return np.repeat(_starts(text), counts) + np.frombuffer(b"".join(ends), _NUMBER)

    def _in_words(self, text: str) -> bool:
        """Whether the tokens of the text are those of its words, one after the other."""
        return self._apart and not any(found in text for found in self._disturbing)

    @cached_property
    def _apart(self) -> bool:
        return _reads_words(self._whole)

    @cached_property
    def _disturbing(self) -> list[str]:
        """Characters that make one word of two, and tokens that are found in a text before it is parted."""
        return [*_JOINING, *(token.content for token in self._whole.get_added_tokens_decoder().values())]

    @cached_property
    def _latest(self) -> tuple[list[str], list[NDArray[np.int32]]]:
        """The texts that were asked for last, and their ids: passages are counted, and embedded at once."""
        return [], []

    @cached_property
    def _remembered(self) -> _Words:
        lowercase, model = self._whole.normalizer.lowercase, self._whole.model

        def read(word: str) -> _Word:
            if word.isascii() and word.isalnum():  # nothing but its capitals is normalised, and nothing parts it
                pieces = model.tokenize(word.lower() if lowercase else word)
                return _packed([piece.id for piece in pieces]), _packed([piece.offsets[1] for piece in pieces])
            encoding = self._whole.encode(word, add_special_tokens=False)
            return _packed(encoding.ids), _packed([end for _, end in encoding.offsets])

        return _Words(read)


class _Words(dict[str, _Word]):
    """Each word's tokens, with the marks around and inside it: a look-up reads a new one, part by part, and remembers
    it unless it is long.
    """

    def __init__(self, read: Callable[[str], _Word]) -> None:
        self._read = read

    def __missing__(self, word: str) -> _Word:
        parts = _PART.findall(word)
        tokens = self._read(word) if len(parts) == 1 else self._of_parts(parts)
        if len(word) <= _LONGEST:
            if len(self) >= _MEMORY:
                self.clear()
            self[word] = tokens
        return tokens

    def _of_parts(self, parts: Sequence[str]) -> _Word:
        ids, ends, start = b"", array("i"), 0
        for part in parts:
            own_ids, own_ends = self[part]
            ids += own_ids
            ends.extend([start + end for end in memoryview(own_ends).cast("i")])
            start += len(part)
        return ids, ends.tobytes()


def _packed(numbers: Sequence[int]) -> bytes:
    return array("i", numbers).tobytes()


def _starts(text: str) -> NDArray[np.int64]:
    """Where the words of a text begin, in code points: what `str.split` finds, without an object for each."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    spaces = _are_spaces()[np.minimum(codes, _LAST_SPACE + 1)]
    begins = ~spaces
    begins[1:] &= spaces[:-1]
    return np.flatnonzero(begins)


@cache
def _are_spaces() -> NDArray[np.bool_]:
    """Whether each code point is white space; the last one stands for all beyond."""
    return np.array([chr(code).isspace() for code in range(_LAST_SPACE + 2)])


def _reads_words(tokenizer: Tokenizer) -> bool:
    """Whether a text without added tokens has the tokens of its words."""
    from tokenizers import models, normalizers, pre_tokenizers

    return (
        isinstance(tokenizer.model, models.WordPiece)
        and isinstance(tokenizer.normalizer, normalizers.BertNormalizer)
        and isinstance(tokenizer.pre_tokenizer, pre_tokenizers.BertPreTokenizer)
        and not any(token.normalized for token in tokenizer.get_added_tokens_decoder().values())
    )
