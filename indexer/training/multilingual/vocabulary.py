"""Which word pieces the languages that Winnow serves need, told from lists of their words by frequency.

wordfreq 3.1.1 (Apache-2.0, its data CC BY-SA 4.0) for 23 languages, the Thai National Corpus's and the Thai Textbook
Corpus's lists in pythainlp 5.4.0 (Apache-2.0, its data CC0) for Thai.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from engine.types import Float64
from indexer.training.multilingual.tokenizer import MASK, SPACE, SPECIAL

if TYPE_CHECKING:
    from tokenizers import Tokenizer

LANGUAGES = ("ar", "da", "de", "el", "en", "es", "fi", "fr", "he", "hi", "hu", "it", "ja", "ko", "nl", "no", "pt", "ro")
LANGUAGES += ("ru", "sv", "ta", "th", "tr", "zh")
_WITHOUT_SPACES = ("ja", "th", "zh")
_CAPITALS = {"de": 0.5}  # share of a word's uses with a capital, which wordfreq does not keep
_USUAL_CAPITALS = 0.2
_WORDS = 40_000  # of each language
_THAI_LISTS = ("tnc_freq.txt", "ttc_freq.txt")

# Beginnings of the Unicode names of characters of the scripts concerned, and of signs and numbers that all share.
_SCRIPTS = ("LATIN", "GREEK", "CYRILLIC", "HEBREW", "ARABIC", "DEVANAGARI", "TAMIL", "THAI", "CJK", "HIRAGANA")
_SCRIPTS += ("KATAKANA", "KATAKANA-HIRAGANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC")


def choose(pieces: Sequence[str], tokenizer: Tokenizer, size: int) -> list[int]:
    """The ids of `size` pieces, in order: the special ones, all characters of the scripts, and what is used most.

    A piece's use is the mean, over LANGUAGES, of its share in the language's running text. `tokenizer` has all pieces.
    """
    always = {number for number, piece in enumerate(pieces) if _always(piece)}
    use = np.zeros(len(pieces), np.float64)
    for language in LANGUAGES:
        use += piece_shares(language, tokenizer, len(pieces))
    use[[number for number, piece in enumerate(pieces) if not _served(piece)]] = -1.0
    ranked = (int(number) for number in np.argsort(-use, kind="stable"))
    most = [number for number in ranked if number not in always and use[number] >= 0.0]
    return sorted(always | set(most[: max(size - len(always), 0)]))


def piece_shares(language: str, tokenizer: Tokenizer, count: int) -> Float64:
    """The share of each piece in running text of the language: shape (count,), summing to 1."""
    words, weights = _thai() if language == "th" else _words(language)
    encodings = tokenizer.encode_batch_fast(words, add_special_tokens=False)
    numbers = np.concatenate([np.asarray(encoding.ids, np.int64) for encoding in encodings])
    uses = np.repeat(weights, [len(encoding) for encoding in encodings])
    shares = np.bincount(numbers, uses, count)
    if language in _WITHOUT_SPACES:
        shares[tokenizer.token_to_id(SPACE)] = 0.0  # the words were written apart only here
    total: Float64 = shares / shares.sum()
    return total


def _always(piece: str) -> bool:
    """Special pieces, single characters of the scripts, and short signs and numbers."""
    if piece in (*SPECIAL, MASK):
        return True
    text = piece.removeprefix(SPACE)
    return not text or (len(text) == 1 and _served(text)) or (len(text) <= 3 and not any(map(str.isalpha, text)))


def _served(piece: str) -> bool:
    """Whether every letter of the piece is of one of the scripts."""
    letters = [character for character in piece if character.isalpha()]
    return all(unicodedata.name(letter, "").startswith(_SCRIPTS) for letter in letters)


def _words(language: str) -> tuple[list[str], Float64]:
    import wordfreq

    known = wordfreq.get_frequency_dict(language)
    capitals = _CAPITALS.get(language, _USUAL_CAPITALS)
    uses: dict[str, float] = {}
    for word in wordfreq.top_n_list(language, _WORDS):
        shares = {word: 1.0 - capitals, word[:1].upper() + word[1:]: capitals}
        for form, share in shares.items() if len(shares) > 1 else [(word, 1.0)]:
            uses[form] = known[word] * share
    return list(uses), np.array(list(uses.values()))


def _thai() -> tuple[list[str], Float64]:
    lines = [line for name in _THAI_LISTS for line in _thai_list(name)]
    rows = [line.split("\t") for line in lines if line.count("\t") == 1]
    return [word for word, _ in rows], np.array([float(count) for _, count in rows])


def _thai_list(name: str) -> list[str]:
    return (files("pythainlp") / "corpus" / name).read_text("utf-8").splitlines()
