"""How a collection reads a query: which operators are meant, which words are typos, and what it has none of."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

import numpy as np

from engine.errors import InvalidFilter
from engine.filters import Filter, Range, Schema, check_filter, field_filter, field_type
from engine.lexical.analysis import analyse_parts, analyse_query, phrase_readings
from engine.lexical.function_words import function_words
from engine.lexical.identifiers import identifiers, is_identifier, strip_punctuation
from engine.lexical.query import LexicalQuery, NoExclusions, parse_query
from engine.lexical.unicode import normalise
from engine.lexical.words import split_words
from engine.protocols import TokenCounter
from engine.store.generation import Generation

MOST_WORDS = 32  # a longer query is not searched for typos
_FLAGS_READ = 50  # passages that are read to learn whether the documents write a flag
_PERIOD = re.compile(r"(\d{4})(?:-(\d{1,2}))?")


@dataclass(frozen=True, slots=True)
class Reading:
    """A query as the collection reads it. `corrections` are (typed, used) words, `nowhere` words as typed."""

    query: LexicalQuery
    text: str  # with the corrections
    corrections: tuple[tuple[str, str], ...] = ()
    nowhere: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads queries for one generation. `tokens` are the encoder's: a word that it knows whole is no typo."""

    generation: Generation
    tokens: TokenCounter

    def read(self, text: str, *, correct: bool = True, exclusions: bool = True) -> Reading:
        """The query; with its typos corrected where `correct`, with minus signs as text unless `exclusions`."""
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # no lone surrogates
        query = self.parse(text, exclusions=exclusions)
        words = query.plain.split()
        if len(words) > MOST_WORDS:
            return Reading(query, text)
        tokens = {token: normalise(token) for token in map(strip_punctuation, words) if token}
        function = function_words(list(tokens.values()), self._languages)
        absent = [token for token, word in tokens.items() if word not in function and not self._occurs(token)]
        corrections = [(word, better) for word in absent if correct and (better := self._correct(word))]
        for typed, better in corrections:
            text = re.sub(rf"(?<!\w){re.escape(typed)}(?!\w)", better, text)
        if corrections:
            query = self.parse(text, exclusions=exclusions)
        corrected = {typed for typed, _ in corrections}
        return Reading(query, text, tuple(corrections), tuple(word for word in absent if word not in corrected))

    def parse(self, text: str, *, exclusions: bool = True) -> LexicalQuery:
        """The query in terms of the collection's languages and metadata fields."""
        fields = frozenset(self.generation.manifest.metadata_schema)
        sense = self if exclusions else NoExclusions(self)
        return parse_query(text, self.generation.languages, fields, sense)

    def fits(self, field: str, value: str) -> bool:
        """As `engine.lexical.query.Sense` asks."""
        return query_filter(field, value, self.generation.manifest.metadata_schema) is not None

    def is_flag(self, word: str) -> bool:
        """Whether a passage that has the word writes it with a minus before it."""
        written = re.compile(rf"(?<![\w-])-{re.escape(word)}(?!\w)")
        readings = [reading for language in self._languages for reading in phrase_readings(word, language)]
        left = _FLAGS_READ
        for segment in self.generation.segments:
            rows = np.flatnonzero(segment.lexical.tantivy.matching(readings))[:left]
            if any(written.search(segment.chunk_bytes(int(row)).decode()) for row in rows):
                return True
            left -= len(rows)
        return False

    @property
    def _languages(self) -> list[str]:
        return self.generation.languages or ["und"]

    def _occurs(self, word: str) -> bool:
        """Whether a living passage has the word, or an identifier whole or in parts side by side."""
        frequency = self.generation.statistics.document_frequency
        found = analyse_query(word, self._languages)
        found += [part for _, parts in analyse_parts(word, self._languages) for part in parts]
        if not found:
            return True  # signs only
        if is_identifier(word):
            return self._has_identifier(word)
        return any(frequency(term) for alternatives in found for term in alternatives)

    def _has_identifier(self, word: str) -> bool:
        readings = [reading for found in identifiers(word, self._languages) for reading in found.readings]
        masks = zip(self.generation.segments, self.generation.living, strict=True)
        return any(
            bool((segment.lexical.tantivy.matching(readings) & (True if living is None else living)).any())
            for segment, living in masks
        )

    def _correct(self, word: str) -> str | None:
        folded = normalise(word)
        if is_identifier(word) or split_words(folded) != [folded] or self.tokens.count([folded])[0] == 1:
            return None
        return self.generation.speller.correct(folded, self._occurs)


def query_filter(field: str, value: str, schema: Schema) -> Filter | None:
    """The filter for `field:value` of a query; a year or a month is all of its days. None where it does not fit."""
    found: Filter = field_filter(field, value)
    if field_type(field, schema) == "date" and (period := _PERIOD.fullmatch(value)):
        found = _days(field, int(period[1]), int(period[2] or 0)) or found
    try:
        check_filter(found, schema)
    except InvalidFilter:
        return None
    return found


def _days(field: str, year: int, month: int) -> Range | None:
    try:
        first, last = month or 1, month or 12
        return Range(field, date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1]))
    except (ValueError, calendar.IllegalMonthError):
        return None
