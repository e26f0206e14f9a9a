"""The language of a text, as ISO 639-1, or "und": scripts that tell it at once, else py3langid on a sample."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

from py3langid.langid import LanguageIdentifier

from engine.text.language_model import load_identifier
from engine.text.scripts import can_write, is_told_apart, script_of

UNDETERMINED = "und"

# The analyser's languages and their nearest neighbours, so that these are told apart instead of being confused.
LANGUAGES = ["ar", "bg", "ca", "cs", "da", "de", "el", "en", "es", "et", "eu", "fa", "fi", "fr", "he", "hi"]
LANGUAGES += ["hr", "hu", "hy", "id", "it", "ja", "ko", "lt", "lv", "nl", "no", "pl", "pt", "ro", "ru", "sk"]
LANGUAGES += ["sl", "sr", "sv", "ta", "th", "tr", "uk", "ur", "vi", "zh"]

_SAMPLE = 600  # code points from the beginning, and as many from the middle
_MIN_LETTERS = 24
_MIN_PROBABILITY = 0.9

_MIN_WORDS = 3
_MIN_WORDS_ELSEWHERE = 4
_SURE = 0.99  # a query that is wrongly told from the model's languages loses half of its search

_WORDS = re.compile(r"[^\W\d_]+")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_LETTERS = re.compile(r"[^\W\d_]")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
_NO_LETTERS = bytes(code for code in range(128) if not chr(code).isalpha())
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_KANA = re.compile("[\u3040-\u30ff]")
_HANGUL = re.compile("[\uac00-\ud7af\u1100-\u11ff]")
_CJK_SHARE = 0.2  # of all letters: one Han character says as much as a word
_KANA_SHARE = 0.1  # of Han and kana together; Chinese quotes a Japanese name here and there

# What is not prose and looks like some other language: identifiers, paths, addresses, markup, numbers.
_NOT_PROSE = re.compile(r"(?<!\S)\S*[_/\\<>{}=@#$|*^~`\[\]\d]\S*|\b\w+(?:[.:]\w+)+(?:\(\))?|\b[^\W\d_]+[a-z][A-Z]\w*")
_CODE_LINE = re.compile(r"^.*[{};=<>][^\S\n]*$|^[^\S\n]*[\"'}\])].*$", re.MULTILINE)


def detect(text: str) -> str:
    """ISO 639-1 code of the language of `text`, or "und" where it is too short or uncertain. Deterministic."""
    sample = _sample(text)
    if script := _by_script(sample):
        return script
    prose = _prose(sample)
    if _letters(prose) < _MIN_LETTERS:
        return UNDETERMINED
    language, probability = _identifier().classify(prose)
    return str(language) if probability >= _MIN_PROBABILITY else UNDETERMINED


def probabilities(text: str) -> dict[str, float]:
    """How probable each language is, by code; a text without prose tells nothing, and gives none."""
    prose = _prose(_sample(text))
    return {str(code): float(share) for code, share in _identifier().rank(prose)} if prose else {}


def warm_up() -> None:
    """Load the model now, and not in every thread that is first to need it."""
    _identifier()


def is_outside(query: str, languages: Collection[str], collection: Collection[str]) -> bool:
    """Whether a query is surely in none of `languages`. Short queries look like many languages, so text in Latin script
    is only told from the languages of the `collection`, and needs three words. Other scripts tell at once that it is in
    none of the languages that are not written in them.
    """
    if language := _by_script(query):
        return language not in languages
    script = script_of(query)
    if script is not None and is_told_apart(script):
        if not any(can_write(code, script) for code in languages):
            return True
        if not any(can_write(code, script) for code in LANGUAGES):
            return False  # the model knows a language of this script, and py3langid none
    words = _WORDS.findall(query)
    latin = sum(bool(_LATIN.match(word)) for word in words) >= len(words) / 2
    if not words or (latin and len(words) < _MIN_WORDS):
        return False
    among = {*languages, *collection} if latin else {*LANGUAGES, *languages}
    shares = {code: p for code, p in _identifier().rank(_question(query)) if code in among}
    total = sum(shares.values())
    inside = sum(p for code, p in shares.items() if code in languages)
    return bool(total > 0.0 and inside <= (1.0 - _SURE) * total)


def is_elsewhere(query: str, collection: Collection[str]) -> bool:
    """Whether a query is surely in a language that no document of the `collection` is in, whatever languages these are.
    A remark depends on it, and nothing else.
    """
    if not collection or UNDETERMINED in collection:
        return False
    if script := _by_script(query):
        return script not in collection
    prose = _question(query)
    if len(_WORDS.findall(prose)) < _MIN_WORDS_ELSEWHERE:
        return False
    inside = sum(probability for code, probability in _identifier().rank(prose) if code in collection)
    return bool(inside <= 1.0 - _SURE)


def _sample(text: str) -> str:
    if len(text) <= 2 * _SAMPLE:
        return text
    middle = len(text) // 2
    return f"{text[:_SAMPLE]}\n{text[middle : middle + _SAMPLE]}"


def _letters(text: str) -> int:
    """How many letters a text has; those of ASCII are counted without a pattern."""
    return _ascii_letters(text) + len(_LETTERS.findall(_beyond_ascii(text)))


def _ascii_letters(text: str) -> int:
    return len(text.encode("ascii", "ignore").translate(None, _NO_LETTERS))


def _beyond_ascii(text: str) -> str:
    return "" if text.isascii() else "".join(_BEYOND_ASCII.findall(text))


def _by_script(sample: str) -> str | None:
    beyond = _beyond_ascii(sample)
    han, kana, hangul = (len(pattern.findall(beyond)) for pattern in (_HAN, _KANA, _HANGUL))
    if han + kana + hangul < max(1, _CJK_SHARE * _letters(sample)):
        return None
    if hangul > han + kana:
        return "ko"
    return "ja" if kana > _KANA_SHARE * (han + kana) else "zh"


def _question(query: str) -> str:
    """A Greek question ends with what ends a line of code elsewhere."""
    return _prose(query.rstrip("; \n"))


def _prose(sample: str) -> str:
    prose = " ".join(map(_prose_of, _CODE_LINE.sub(" ", sample).split()))
    # The model was trained on ordinary writing: words in capitals look like another language to it.
    return " ".join(prose.split()).lower()


@lru_cache(maxsize=1 << 14)  # texts repeat their words
def _prose_of(token: str) -> str:
    """The rest of what stands between white space, across which nothing of that kind goes."""
    return _NOT_PROSE.sub(" ", token)


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    return load_identifier(LANGUAGES)
