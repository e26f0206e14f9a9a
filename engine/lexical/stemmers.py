"""Snowball stemmers by ISO 639-1 code. Algorithms: https://snowballstem.org (PyStemmer)."""

from __future__ import annotations

import threading
from collections.abc import Callable

import Stemmer

ALGORITHMS = {
    "ar": "arabic",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "it": "italian",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
}
ALIASES = {"nb": "no", "nn": "no"}

STEMMER_VERSION: str = Stemmer.version()

_local = threading.local()


def stemmer_language(language: str) -> str:
    """The code whose stemmer serves `language` ("en-GB" -> "en"), or "und" where there is none."""
    code = language.split("-")[0].split("_")[0].lower()
    code = ALIASES.get(code, code)
    return code if code in ALGORITHMS else "und"


def stem_function(code: str) -> Callable[[str], str]:
    """The stemming function of a code of `stemmer_language`: one Stemmer per thread, since it is not thread-safe."""
    if code == "und":
        return _unchanged
    functions: dict[str, Callable[[str], str]] = _local.__dict__.setdefault("functions", {})
    if code not in functions:
        functions[code] = Stemmer.Stemmer(ALGORITHMS[code], 0).stemWord  # 0: our own cache holds finished terms
    return functions[code]


def _unchanged(word: str) -> str:
    return word
