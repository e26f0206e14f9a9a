"""The words of a segment as they are written, with how often: what a typo is corrected to. Stems are not words.

Two files beside the segment's indexes: the words in UTF-8, one a line, sorted by code point; and a count for each.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from engine.errors import StoreDamaged
from engine.lexical.stemmers import stem_function
from engine.lexical.unicode import fold

WORDS_FILE, COUNTS_FILE = "words.utf8", "word_counts.u32"
SHORTEST, LONGEST = 3, 64  # letters of a word that is kept

_KEPT = re.compile(rf"[^\W\d_]{{{SHORTEST},{LONGEST}}}")


def write_vocabulary(directory: Path, counts: Mapping[str, int]) -> None:
    """Write both files into `directory`, which exists: the words of letters only, of those that were counted."""
    words = sorted(word for word in counts if _KEPT.fullmatch(word))
    often = np.array([counts[word] for word in words], np.int64)
    (directory / WORDS_FILE).write_text("\n".join(words), "utf-8")
    (directory / COUNTS_FILE).write_bytes(np.minimum(often, np.iinfo(np.uint32).max).astype("<u4").tobytes())


def read_vocabulary(directory: Path) -> dict[str, int]:
    """Word -> occurrences; empty for a segment that was written before there were these files."""
    path = directory / WORDS_FILE
    if not path.exists():
        return {}
    try:
        words = path.read_text("utf-8").split("\n")
        counts = np.fromfile(directory / COUNTS_FILE, "<u4").tolist()
        return dict(zip(words, counts, strict=True)) if counts else {}
    except (OSError, ValueError) as error:
        raise StoreDamaged(f"The vocabulary in {directory} cannot be read: {error}", _REMEDY) from error


class Forms:
    """The words of a collection by their stems in the languages that it may be in: its texts are too short to tell."""

    def __init__(self, vocabulary: Iterable[str], languages: Iterable[str]) -> None:
        self._stems = [stem_function(language) for language in languages]
        self._forms: dict[str, dict[str, None]] = defaultdict(dict)
        for word in sorted(vocabulary):
            for stem in self._stems:
                self._forms[stem(word)][fold(word)] = None

    def of(self, word: str) -> tuple[str, ...]:
        """The collection's words that are forms of one, as terms that were not stemmed."""
        stems = {stem(word) for stem in self._stems}
        return tuple(dict.fromkeys(form for stem in sorted(stems) for form in self._forms.get(stem, ())))


_REMEDY = "Run `winnow repair` with the collection's name: it rebuilds the index."
