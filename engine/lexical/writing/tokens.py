"""The distinct tokens of a segment's texts, each analysed once: a token is what stands between white space.

A collection repeats its tokens, and no word or compound goes across white space; a number with its unit does ("16 GB"),
and is a token of its own. So a text is a list of numbers, and what is counted is counted of numbers.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import chain

from engine.lexical.analysis import Analysis, analyse_quantities, analyse_whole, plain_word, terms_of
from engine.lexical.stemmers import stemmer_language

BOUNDARY = "\u241e"  # between what no phrase may straddle: not a letter, so no term is or holds it
_LONGEST = 64  # letters of a token that may come again; a longer one, such as a Chinese sentence, is taken apart


class TermNumbers(dict[str, int]):
    """Term -> number, by first appearance: a look-up numbers a new one."""

    def __missing__(self, term: str) -> int:
        self[term] = number = len(self)
        return number


class Tokens:
    """The meaning of the tokens of some texts, by number."""

    def __init__(self) -> None:
        self.term_numbers = TermNumbers()
        self.forget()

    def forget(self) -> None:
        """Begin anew, with no token. Terms keep their numbers."""
        self._main: list[str] = []  # the terms of each token
        self._beside: list[str] = []  # the groups that it can be found by beside these
        self.words: list[Sequence[str]] = []  # as they are written
        self.lengths = array("I")  # terms of each token
        self.terms = array("I")  # numbers of the terms of each token, then of those beside it, token after token
        self.term_ends = array("Q", [0])
        self._known: dict[str, _Known] = {}

    def __len__(self) -> int:
        return len(self._main)

    def read(self, text: str, language: str) -> list[int]:
        """The tokens of a text; `language` is ISO 639-1."""
        code = stemmer_language(language)
        known = self._known.get(code)
        if known is None:
            known = self._known[code] = _Known(self, code)
        known.terms = terms_of(code)  # of this thread
        tokens = text.split()
        try:
            numbers = list(map(known.__getitem__, tokens))
        except _TooLong:
            numbers = list(chain.from_iterable(map(known.apart, tokens)))
        numbers += map(known.group, analyse_quantities(text, code))
        return numbers

    def terms_of(self, numbers: Sequence[int]) -> str:
        """The terms of tokens, joined by spaces."""
        return " ".join(map(self._main.__getitem__, numbers))

    def beside_of(self, numbers: Sequence[int]) -> str:
        """The terms that these tokens can be found by beside their own, each group behind a BOUNDARY."""
        return "".join(map(self._beside.__getitem__, numbers))

    def add(self, analysis: Analysis) -> int:
        """The number of a new token."""
        further = list(chain.from_iterable(analysis.beside))
        self.terms.extend(map(self.term_numbers.__getitem__, chain(analysis.terms, further)))
        self.term_ends.append(len(self.terms))
        self.lengths.append(len(analysis.terms))
        self.words.append(analysis.words)
        self._main.append(" ".join(analysis.terms))
        self._beside.append("".join(f" {BOUNDARY} {' '.join(group)}" for group in analysis.beside))
        return len(self._main) - 1

    def add_word(self, word: str, term: str) -> int:
        """The number of a new token that is one word and has one term: most are."""
        self.terms.append(self.term_numbers[term])
        self.term_ends.append(len(self.terms))
        self.lengths.append(1)
        self.words.append((word,))
        self._main.append(term)
        self._beside.append("")
        return len(self._main) - 1


class _TooLong(Exception):
    """A token is taken apart, and has no number of its own."""


class _Known(dict[str, int]):
    """Token -> number, in one language: a look-up analyses a new one. Raises _TooLong."""

    def __init__(self, tokens: Tokens, language: str) -> None:
        self._tokens, self._language = tokens, language
        self.terms = terms_of(language)
        self._words: dict[str, int] = {}
        self._groups: dict[tuple[str, ...], int] = {}

    def __missing__(self, token: str) -> int:
        if len(token) > _LONGEST:
            raise _TooLong
        word = plain_word(token)
        self[token] = number = (
            self._tokens.add(analyse_whole(token, self._language)) if word is None else self._word(word)
        )
        return number

    def _word(self, word: str) -> int:
        """The number of a word of the analyser's, as if it were a token."""
        number = self._words.get(word)
        if number is None:
            self._words[word] = number = self._tokens.add_word(word, self.terms[word])
        return number

    def apart(self, token: str) -> Iterator[int]:
        """Yield the token; of a long one its words and groups, each as if it were a token."""
        if len(token) <= _LONGEST:
            yield self[token]
            return
        analysis = analyse_whole(token, self._language)
        yield from map(self._word, analysis.words)
        yield from map(self.group, analysis.beside)

    def group(self, terms: Sequence[str]) -> int:
        """The number of a group of terms that stands beside the words, as if it were a token."""
        group = tuple(terms)
        if group not in self._groups:
            self._groups[group] = self._tokens.add(Analysis([], [], [list(group)]))
        return self._groups[group]
