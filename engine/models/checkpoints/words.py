"""Tokens of a text word by word, each word read once: the same tokens in a small part of the time."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.models.checkpoints.tokenization import Tokenization

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# BERT's tokenizers part every text at these spaces and before and after each of these marks, whatever stands around.
_SPACE, _MARK = r" \t\n\r", r"!-/:-@\[-`{-~"
_WORD = re.compile(f"[^{_SPACE}{_MARK}]+|[{_MARK}]")
_IS_SPACE, _IS_MARK = 1, 2
_KINDS = np.array(  # of each code point of ASCII, and of all others
    [
        _IS_SPACE if chr(code) in " \t\n\r" else _IS_MARK if chr(code) in string.punctuation else 0
        for code in range(129)
    ],
    np.uint8,
)
_MEMORY = 100_000  # words, some 35 MB
_LONGEST = 32  # code points of a word that is remembered

_Word = tuple[tuple[int, ...], tuple[int, ...]]  # the ids of a word's tokens, and where in it they end
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

    def plain_ids(self, texts: Sequence[str]) -> list[list[int]]:
        """The ids of each text's tokens, without special ones, never cut."""
        before, ids = self._latest
        if before != texts:
            before, ids = self._latest = list(texts), self._ids(texts)
        return ids

    def _ids(self, texts: Sequence[str]) -> list[list[int]]:
        if not all(map(self._in_words, texts)):
            return [encoding.ids for encoding in self.encode_plain(texts)]
        known = self._remembered.__getitem__
        return [list(chain.from_iterable(map(_IDS, map(known, _WORD.findall(text))))) for text in texts]

    def ends(self, text: str) -> NDArray[np.int64]:
        """Where the tokens of `text` end, in code points, without special tokens, never cut."""
        if not self._in_words(text):
            return np.array([end for _, end in self.offsets(text)], np.int64)
        ends = list(map(_ENDS, map(self._remembered.__getitem__, _WORD.findall(text))))
        starts = np.repeat(_starts(text), np.fromiter(map(len, ends), np.int64, len(ends)))
        return starts + np.fromiter(chain.from_iterable(ends), np.int64, len(starts))

    def _in_words(self, text: str) -> bool:
        """Whether the tokens of the text are those of its words, one after the other."""
        return self._apart and not any(token in text for token in self._added)

    @cached_property
    def _apart(self) -> bool:
        return _reads_words(self._whole)

    @cached_property
    def _added(self) -> list[str]:
        """Tokens that are found in a text before it is parted."""
        return [token.content for token in self._whole.get_added_tokens_decoder().values()]

    @cached_property
    def _latest(self) -> tuple[list[str], list[list[int]]]:
        """The texts that were asked for last, and their ids: passages are counted, and embedded at once."""
        return [], []

    @cached_property
    def _remembered(self) -> _Words:
        lowercase, model = self._whole.normalizer.lowercase, self._whole.model

        def read(word: str) -> _Word:
            if word.isascii() and word.isalnum():  # nothing but its capitals is normalised, and nothing parts it
                pieces = model.tokenize(word.lower() if lowercase else word)
                return tuple(piece.id for piece in pieces), tuple(piece.offsets[1] for piece in pieces)
            encoding = self._whole.encode(word, add_special_tokens=False)
            return tuple(encoding.ids), tuple(map(_ENDS, encoding.offsets))

        return _Words(read)


class _Words(dict[str, _Word]):
    """Each word's tokens: a look-up reads a new one, and remembers it unless it is long."""

    def __init__(self, read: Callable[[str], _Word]) -> None:
        self._read = read

    def __missing__(self, word: str) -> _Word:
        tokens = self._read(word)
        if len(word) <= _LONGEST:
            if len(self) >= _MEMORY:
                self.clear()
            self[word] = tokens
        return tokens


def _starts(text: str) -> NDArray[np.int64]:
    """Where the words of a text begin, in code points: what `_WORD` finds, without an object for each."""
    kinds = _KINDS[np.minimum(np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32), len(_KINDS) - 1)]
    goes_on = (kinds[1:] == 0) & (kinds[:-1] == 0)
    begins = kinds != _IS_SPACE
    begins[1:] &= ~goes_on
    return np.flatnonzero(begins)


def _reads_words(tokenizer: Tokenizer) -> bool:
    """Whether a text without added tokens has the tokens of its words."""
    from tokenizers import models, normalizers, pre_tokenizers

    return (
        isinstance(tokenizer.model, models.WordPiece)
        and isinstance(tokenizer.normalizer, normalizers.BertNormalizer)
        and isinstance(tokenizer.pre_tokenizer, pre_tokenizers.BertPreTokenizer)
        and not any(token.normalized for token in tokenizer.get_added_tokens_decoder().values())
    )
