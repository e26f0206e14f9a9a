"""How a collection reads a query: which operators are meant, which words are typos, and what it has none of."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from engine.filters import fits
from engine.lexical.analysis import Alternatives, analyse_parts, analyse_query, analyse_words, phrase_readings
from engine.lexical.closed_compounds import LINKS, ClosedCompounds
from engine.lexical.function_words import LANGUAGES, function_words
from engine.lexical.identifiers import identifiers, is_identifier, strip_punctuation
from engine.lexical.query import LexicalQuery, NoExclusions, parse_query
from engine.lexical.stemmers import ALGORITHMS
from engine.lexical.unicode import normalise
from engine.lexical.vocabulary import Forms
from engine.lexical.words import split_words
from engine.metadata.values import composed
from engine.protocols import TokenCounter
from engine.store.generation import Generation
from engine.text.language import UNDETERMINED
from engine.text.language_prior import most_probable

MOST_WORDS = 32  # a longer query is not searched for typos
FEW = 3  # words of a query each of which matters: any that occurs nowhere is told
_POSSESSIVE = re.compile("['’]s$")
_MOST_FORMS = 5_000  # words of a collection in no language: logs have more
_FORMS_READ = 100  # of these that are read to tell their language
_OWN = 5  # times as probable as another language: those of the collection
_FLAGS_READ = 50  # passages that are read to learn whether the documents write a flag


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
        text = composed(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))  # no lone surrogates
        query = self.parse(text, exclusions=exclusions)
        words = query.plain.split()
        if len(words) > MOST_WORDS:
            return Reading(query, text)
        tokens = {token: normalise(token) for token in map(strip_punctuation, words) if token}
        function = function_words(list(tokens.values()), self._languages)
        tokens = {_POSSESSIVE.sub("", token): _POSSESSIVE.sub("", word) for token, word in tokens.items()}
        known = function | self.generation.synonyms.words
        absent = [token for token, word in tokens.items() if word not in known and not self._occurs(token)]
        absent = self._not_found(absent, tokens, query.text) if absent else []
        corrections = [(word, better) for word in absent if correct and (better := self._correct(word))]
        for typed, better in corrections:
            text = re.sub(rf"(?<!\w){re.escape(typed)}(?!\w)", better, text)
        if corrections:
            query = self.parse(text, exclusions=exclusions)
        corrected = {typed for typed, _ in corrections}
        nowhere = tuple(
            word for word in absent if word not in corrected and (len(tokens) <= FEW or self._is_rare(word))
        )
        return Reading(query, text, tuple(corrections), nowhere)

    def _not_found(self, absent: Sequence[str], tokens: Mapping[str, str], text: str) -> list[str]:
        """Tokens of `absent` of which no other form is looked for, less the function words of `text`, in whatever
        language it is.
        """
        compounds, forms = self._compounds(text), self._forms(text)
        asked = most_probable(text, {code: _OWN if code in self._languages else 1 for code in LANGUAGES})
        words = {token: split_words(word) for token, word in tokens.items()}  # of est-ce, two
        function = function_words(list(chain(*words.values())), LANGUAGES if forms else [asked])
        return [
            token
            for token in absent
            if not function.issuperset(words[token])
            and not (forms and forms.of(tokens[token]))
            and not (compounds and compounds.knows(tokens[token]))
        ]

    def parse(self, text: str, *, exclusions: bool = True) -> LexicalQuery:
        """The query in terms of the collection's languages and metadata fields."""
        fields = frozenset(self.generation.manifest.metadata_schema)
        sense = self if exclusions else NoExclusions(self)
        query = parse_query(text, self.generation.languages, fields, sense)
        return self.generation.synonyms.applied(self._with_compounds(self._with_forms(query)))

    def fits(self, field: str, value: str) -> bool:
        """Implements `engine.lexical.query.Sense.fits`."""
        return fits(field, value, self.generation.manifest.metadata_schema)

    def is_flag(self, word: str) -> bool:
        """Whether a passage that has the word writes it with a minus before it."""
        return writes_flag(self.generation, word, self._languages)

    @property
    def _languages(self) -> list[str]:
        return self.generation.languages or ["und"]

    def _with_forms(self, query: LexicalQuery) -> LexicalQuery:
        """`query` to a collection whose texts are too short to tell their language, and so not stemmed: the forms of a
        word that occur become its alternatives.
        """
        forms = self._forms(query.text)
        if forms is None:
            return query
        words = split_words(normalise(query.text))
        function = frozenset(analyse_words(function_words(words, LANGUAGES), self._languages))
        groups = {word: analyse_words([word], self._languages)[0] for word in words}
        wider = {group: tuple(dict.fromkeys((*group, *forms.of(word)))) for word, group in groups.items()}
        terms = (group if group in function else wider.get(group, group) for group in query.terms)
        return replace(query, terms=tuple(terms), function=function)

    def _forms(self, text: str) -> Forms | None:
        """The collection's words by their stems in English and the language that they and `text` are most probably in;
        None where languages are told, or there are too many words for nobody to know them.
        """
        words = self.generation.words if set(self._languages) == {UNDETERMINED} else frozenset()
        if not 0 < len(words) <= _MOST_FORMS:
            return None
        sample = " ".join((text, *sorted(words)[:_FORMS_READ]))
        return self.generation.forms(frozenset({"en", most_probable(sample, dict.fromkeys(ALGORITHMS, 1))}))

    def _with_compounds(self, query: LexicalQuery) -> LexicalQuery:
        """`query` in the language that it is in most probably: a word may stand in the compounds that hold it, which
        become its alternatives; a compound that occurs nowhere is looked for by its parts.
        """
        compounds = self._compounds(query.text)
        if compounds is None:
            return query
        wider: dict[Alternatives, Alternatives] = {}
        parts = list(query.parts)
        for word in dict.fromkeys(split_words(normalise(query.text))):
            [group] = analyse_words([word], self._languages)
            if group in query.function:
                continue
            wider[group] = tuple(dict.fromkeys((*group, *compounds.holding(word))))
            if not any(map(self.generation.statistics.document_frequency, wider[group])):
                found = tuple((part, *compounds.holding(part)) for part in compounds.parts(word))
                parts += [(wider[group], found)] if found else []
        return replace(query, terms=tuple(wider.get(group, group) for group in query.terms), parts=tuple(parts))

    def _compounds(self, text: str) -> ClosedCompounds | None:
        """The compounds of the language that `text` is most probably in; None where that writes none in one word."""
        languages = self.generation.manifest.languages
        if LINKS.keys().isdisjoint(languages):
            return None
        language = most_probable(text, languages)
        return self.generation.closed_compounds(language) if language in LINKS else None

    def _occurs(self, word: str) -> bool:
        """Whether a living passage has the word, or an identifier whole or in parts side by side."""
        frequency = self.generation.statistics.document_frequency
        found = analyse_query(word, self._languages)
        found += [part for _, parts in analyse_parts(word, self._languages) for part in parts]
        if not found:
            return True  # signs only
        if is_identifier(word):
            return self.has_identifier(word)
        return any(frequency(term) for alternatives in found for term in alternatives)

    def has_identifier(self, word: str) -> bool:
        """Whether a living passage has the identifier."""
        return holds_identifier(self.generation, word, self._languages)

    def _is_rare(self, word: str) -> bool:
        """Whether the word tells more than most: an identifier, or none that the encoder knows whole."""
        return is_identifier(word) or self.tokens.count([normalise(word)])[0] > 1

    def _correct(self, word: str) -> str | None:
        folded = normalise(word)
        if is_identifier(word) or split_words(folded) != [folded] or self.tokens.count([folded])[0] == 1:
            return None
        return self.generation.speller.correct(folded, self._occurs)


def writes_flag(generation: Generation, word: str, languages: Sequence[str]) -> bool:
    """Whether one of the first living passages that have the word writes it with a minus before it."""
    written = re.compile(rf"(?<![\w-])-{re.escape(word)}(?!\w)")
    readings = [reading for language in languages for reading in phrase_readings(word, language)]
    left = _FLAGS_READ
    for segment, living in zip(generation.segments, generation.living, strict=True):
        rows = np.flatnonzero(segment.lexical.tantivy.matching(readings) & (True if living is None else living))[:left]
        if any(written.search(segment.chunk_bytes(int(row)).decode()) for row in rows):
            return True
        left -= len(rows)
    return False


def holds_identifier(generation: Generation, word: str, languages: Sequence[str]) -> bool:
    """Whether a living passage has the identifier."""
    readings = [reading for found in identifiers(word, languages) for reading in found.readings]
    masks = zip(generation.segments, generation.living, strict=True)
    return any(
        bool((segment.lexical.tantivy.matching(readings) & (True if living is None else living)).any())
        for segment, living in masks
    )
