"""The query language. Any text is a query: what is not an operator is plain text, and nothing fails to parse.

    two words        chunks with either, best with both (OR between them is accepted and changes nothing)
    one AND two      both must occur, anywhere in the document
    "two words"      must occur side by side in title or body
    "a b" OR "c d"   one of the phrases, or words, must occur
    -word -"a b"     must not occur (nor what follows NOT); a minus before a digit, another minus, or one or two letters
                     is plain text (-5, --verbose, -m, -la)
    field:value      the metadata field must have the value; -field:value must not
    title:word       the title or a heading must hold the word (or title:"two words"); -title:word must not. The other
                     words alone rank, if there are any

Only a known field's name followed by a colon is an operator: http://..., 12:30 and std::vector are plain text. Whether
the value fits the field, and whether a minus begins a flag that the documents write (-xzf), only the collection knows:
it is asked (`Sense`). An operator that is not honoured, such as OR beside a filter, AND beside OR or brackets around
them, is told (`as_words`). In a query of more than PROSE plain words, which is pasted rather than typed, quotes and
minus signs are plain text too, and so are AND, OR and NOT where all words are in capitals. A query of nothing but
exclusions has no terms: it finds nothing lexically, and its mask restricts the other legs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal, Protocol

from engine.lexical.analysis import Alternatives, analyse_parts, analyse_query, analyse_words, phrase_readings
from engine.lexical.function_words import function_words
from engine.lexical.unicode import normalise
from engine.lexical.words import split_words

MAX_TERMS = 256  # distinct terms that are scored: search keeps the most selective
MAX_WORDS = 4096  # words that are read at all
MAX_CLAUSES = 64  # phrases, exclusions and title words that are honoured
PROSE = 32  # plain words, beyond which a quotation is what somebody wrote and not what must occur

_ITEM = re.compile(
    r"""(?P<minus>-(?![-\d]))?  (?P<whole>(?:(?P<field>[^\s:"]+):)?  (?:"(?P<phrase>[^"]*)" | (?P<word>\S+)))""", re.X
)
_BRACKETS = re.compile(r"""(?P<open>[(\[])|(?P<close>[)\]])|(?P<space>\s+)|(?P<other>"[^"]*"|[^\s()\[\]"]+|")""")
_JOINED_BEFORE = re.compile(r"(?:(?:^|\s)(?:AND|OR|NOT)\s+|(?:^|\s)-)$")
_JOINED_AFTER = re.compile(r"\s+(?:AND|OR)(?!\S)")
_NEAR = 8  # letters before a bracket that an operator may stand in
_QUOTES = str.maketrans("“”„", '"""')
_SHORT_FLAG = re.compile(r"[A-Za-z]{1,2}")
_OPERATORS = ("AND", "OR", "NOT")
# What stands before a NOT that somebody only stresses: "you should NOT use force".
_STRESSED = re.compile(
    "(?i:am|are|be|been|being|can|could|did|do|does|had|has|have|i|is|it|may|might|must|shall|should|they|to|was|we|"
    "were|will|would|you)"
)


class Sense(Protocol):
    """The meaning of a query that only the collection knows."""

    def fits(self, field: str, value: str) -> bool:
        """Whether the metadata field can be compared with the value."""
        ...

    def is_flag(self, word: str) -> bool:
        """Whether -word, right after another word, is what the documents write, such as an option of a command."""
        ...


class Trusting:
    """The sense of a collection that is not there: every operator is meant."""

    def fits(self, field: str, value: str) -> bool:
        return True

    def is_flag(self, word: str) -> bool:
        return False


class NoExclusions(Trusting):
    """Every minus right after a word is plain text: with the exclusions nothing is left."""

    def __init__(self, sense: Sense) -> None:
        self._sense = sense

    def fits(self, field: str, value: str) -> bool:
        return self._sense.fits(field, value)

    def is_flag(self, word: str) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Clause:
    """Words that stand side by side: `readings` are their terms under each language, and any of them will do."""

    readings: tuple[tuple[str, ...], ...]
    field: Literal["title", "text"] = "text"  # text: title or body


@dataclass(frozen=True, slots=True)
class LexicalQuery:
    """A parsed query. `terms` holds, per word in order, its alternatives under the collection's languages, then those
    of its compounds (engine/lexical/compounds.py). `parts` holds words with what they are made of; `function` are those
    of `terms` that are function words; `synonyms` are words of it that stand for others, too, and these.
    """

    text: str  # the words without operators, for the dense leg and the reranker
    terms: tuple[Alternatives, ...]
    parts: tuple[tuple[Alternatives, tuple[Alternatives, ...]], ...] = ()
    function: frozenset[Alternatives] = frozenset()
    required: tuple[Clause, ...] = ()
    excluded: tuple[Clause, ...] = ()
    together: tuple[Clause, ...] = ()  # words joined by AND, which the document must hold
    filters: tuple[tuple[str, str], ...] = ()  # (field, value), all of which must hold
    excluded_filters: tuple[tuple[str, str], ...] = ()  # (field, value), none of which may hold
    capped: bool = False  # longer than what is honoured: MAX_TERMS, MAX_WORDS, MAX_CLAUSES
    prose: bool = False  # quotes or minus signs were read as plain text
    as_words: tuple[str, ...] = ()  # what looked like an operator and was read as plain text
    synonyms: tuple[tuple[str, tuple[str, ...]], ...] = ()  # engine/lexical/synonyms.py
    plain: str = ""  # what no operator is part of: where identifiers and typos are looked for

    @property
    def notes(self) -> list[str]:
        """Notes for the answer on how the query was read."""
        return ["query:capped"] * self.capped + ["query:prose"] * self.prose + ["query:words"] * bool(self.as_words)


def parse_query(
    text: str, languages: Sequence[str], fields: Collection[str], sense: Sense | None = None
) -> LexicalQuery:
    """Reads a query for a collection in these languages (most frequent first) and metadata fields. Never raises."""
    sense = sense or Trusting()
    text, grouped = _without_groups(text.translate(_QUOTES))
    items = list(islice(_items(text, frozenset(fields)), MAX_WORDS + 1))
    capped = len(items) > MAX_WORDS
    items, unmet = _with_operators(items[:MAX_WORDS])
    prose = sum(item.is_plain for item in items) > PROSE and any(item.is_sign for item in items)
    if prose:
        items = [part for item in items for part in (item.as_prose() if item.is_sign else (item,))]
    items, as_words = _as_meant(items, sense)
    filters = [item for item in items if item.is_filter]
    clauses = [(item, _clause(item, languages)) for item in items if item.is_clause]
    clauses = [(item, clause) for item, clause in clauses if clause.readings]
    joined = [clause for item in items if item.joined and (clause := _clause(item, languages)).readings]
    plain = " ".join(_looked_for(items))
    terms = analyse_query(plain, languages)
    distinct = {term for alternatives in terms for term in alternatives}
    return LexicalQuery(
        text=plain,
        terms=tuple(terms[:MAX_WORDS]),
        function=frozenset(analyse_words(function_words(split_words(normalise(plain)), languages), languages)),
        parts=tuple(analyse_parts(plain, languages)[:MAX_TERMS]),
        required=tuple(clause for item, clause in clauses[:MAX_CLAUSES] if not item.negated),
        excluded=tuple(clause for item, clause in clauses[:MAX_CLAUSES] if item.negated),
        together=tuple(joined[:MAX_CLAUSES]),
        filters=tuple((item.field, item.value) for item in filters if not item.negated),
        excluded_filters=tuple((item.field, item.value) for item in filters if item.negated),
        capped=capped or len(distinct) > MAX_TERMS or len(terms) > MAX_WORDS or len(clauses) > MAX_CLAUSES,
        prose=prose,
        as_words=tuple(dict.fromkeys((*([] if prose else grouped), *unmet, *as_words))),
        plain=" ".join(item.value for item in items if item.is_plain),
    )


@dataclass(frozen=True, slots=True)
class _Item:
    """A word or a quoted phrase with what stands before it. `field` is empty unless it is a known field's name.

    `others` are words and phrases any of which will do instead.
    """

    value: str
    field: str
    quoted: bool
    negated: bool
    whole: str  # as it was typed
    joined: bool = False  # by AND
    others: tuple[_Item, ...] = ()

    @property
    def is_filter(self) -> bool:
        return self.field not in ("", "title")

    @property
    def is_clause(self) -> bool:
        return not self.is_filter and (self.quoted or self.negated or self.field == "title")

    @property
    def is_plain(self) -> bool:
        return not (self.is_filter or self.is_clause)

    @property
    def is_sign(self) -> bool:
        """A phrase or an exclusion that names no field."""
        return not self.field and (self.quoted or self.negated)

    @property
    def is_wanted(self) -> bool:
        """A word or a phrase that names no field, and is no operator."""
        return not (self.field or self.negated or (self.is_plain and self.value in _OPERATORS))

    def as_prose(self) -> Iterator[_Item]:
        """The item, and what stands with it, as plain text."""
        for item in (self, *self.others):
            yield replace(item, quoted=False, negated=False, others=())

    def as_word(self) -> _Item:
        """The item as plain text, as it was typed."""
        return _Item(self.whole.removeprefix("-"), "", quoted=False, negated=False, whole=self.whole)


def _without_groups(text: str) -> tuple[str, list[str]]:
    """`text` less the brackets that are meant to group words for an operator, and what these looked like: they are not
    honoured. They begin a word, end in another one, and an operator or a quotation stands in them, or an operator or a
    minus beside them: f(x), array[0] and (an aside) stay as they are.
    """
    opened: list[tuple[int, int, int, bool]] = []  # place, words and signs before it, whether it begins a word
    places: list[int] = []
    words = signs = 0
    begins = True
    for match in _BRACKETS.finditer(text):
        kind, piece = match.lastgroup, match[0]
        if kind == "open":
            opened.append((match.start(), words, signs, begins))
        elif kind == "close" and opened:
            place, words_before, signs_before, begun = opened.pop()
            beside = _JOINED_BEFORE.search(text, max(place - _NEAR, 0), place) or _JOINED_AFTER.match(text, match.end())
            if begun and words > words_before + 1 and (signs > signs_before or beside):
                places += place, match.start()
        elif kind == "other":
            quoted = len(piece) > 1 and piece.startswith('"')
            words += begins * (2 if quoted else 1)
            signs += quoted or piece in _OPERATORS
        begins = kind == "space" or (begins and (kind == "open" or piece == "-"))
    if not places:
        return text, []
    letters = list(text)
    for place in places:
        letters[place] = " "
    return "".join(letters), ["( )"]


def _items(text: str, fields: frozenset[str]) -> Iterator[_Item]:
    for match in _ITEM.finditer(text):
        minus, whole, field, phrase, word = match.group("minus", "whole", "field", "phrase", "word")
        if field is not None and field != "title" and field not in fields:
            yield _Item(whole, "", quoted=False, negated=minus is not None, whole=match[0])
        else:
            value = word if phrase is None else phrase
            yield _Item(value, field or "", quoted=phrase is not None, negated=minus is not None, whole=match[0])


def _with_operators(items: Sequence[_Item]) -> tuple[list[_Item], list[str]]:
    """`items` less each AND, OR and NOT that is meant, with what they say, and those that are not honoured. At the ends
    they are words (Oregon).
    """
    words = [item.value for item in items if item.is_plain and item.value not in _OPERATORS]
    if all(word.isupper() for word in words if word.lower() != word.upper()) and len(words) > 1:
        read = [item for i, item in enumerate(items) if not _is(item, "OR") or i in (0, len(items) - 1)]
        return read, [item.value for item in read[:-1] if _is(item, "AND") or _is(item, "NOT")]
    either = any(_is(item, "OR") for item in items[1:-1])
    items, unmet = _with_choices(items)
    read = []
    join = False
    for place, item in enumerate(items):
        inner, last = place > 0, place == len(items) - 1
        if not last and inner and _is(item, "AND"):
            join = not either
            unmet += ["AND"] * either
            if join and read and read[-1].is_plain:
                read[-1] = replace(read[-1], joined=True)
        elif not last and _is(item, "NOT") and not (read and _STRESSED.fullmatch(read[-1].value)):
            join = False
            read.append(item)
        elif read and _is(read[-1], "NOT") and not _is(item, "NOT"):
            read[-1] = replace(item, negated=True)
        else:
            unmet += ["NOT"] * (not last and _is(item, "NOT"))
            read.append(replace(item, joined=join and item.is_plain))
            join = False
    return read, unmet


def _with_choices(items: Sequence[_Item]) -> tuple[list[_Item], list[str]]:
    """`items` less each OR between two of them, phrases and words of a choice as one item, and the ORs that are not
    honoured. Between plain words OR changes nothing.
    """
    read: list[_Item] = []
    unmet: list[str] = []
    place = 0
    while place < len(items):
        chain = [items[place]]
        while place + 2 < len(items) and _is(items[place + 1], "OR"):
            place += 2
            chain.append(items[place])
        place += 1
        if len(chain) == 1 or all(item.is_plain and item.is_wanted for item in chain):
            read += chain
        elif all(item.is_wanted for item in chain):
            read.append(replace(chain[0], quoted=True, others=tuple(chain[1:])))
        else:
            read += chain
            unmet.append("OR")
    return read, unmet


def _is(item: _Item, operator: str) -> bool:
    return item.is_plain and item.value == operator


def _looked_for(items: Sequence[_Item]) -> list[str]:
    """The words that rank. Where there are others, those of a demanded title do not: every passage of a document has
    its title, so they would only favour the passage that repeats it.
    """
    meant = [item for item in items if not (item.negated or item.is_filter)]
    rest = [item for item in meant if item.field != "title"]
    ranking = rest if any(_has_words(item.value) for item in rest) else meant
    return [one.value for item in ranking for one in (item, *item.others)]


def _has_words(text: str) -> bool:
    return any(map(str.isalnum, text))


def _as_meant(items: Sequence[_Item], sense: Sense) -> tuple[list[_Item], list[str]]:
    """`items` with those as plain text that no operator is meant by, and what these looked like."""
    read: list[_Item] = []
    for place, item in enumerate(items):
        misfit = item.is_filter and not sense.fits(item.field, item.value)
        minus = item.whole.startswith("-") and item.negated and not item.field and not item.quoted
        read.append(item.as_word() if misfit or (minus and _is_flag(items, place, sense)) else item)
    return read, [item.whole for item, meant in zip(items, read, strict=True) if item is not meant]


def _is_flag(items: Sequence[_Item], place: int, sense: Sense) -> bool:
    """Whether -x is an option of the command before it: one or two letters, or what the documents write so."""
    follows = place > 0 and not items[place - 1].is_filter
    return follows and (_SHORT_FLAG.fullmatch(items[place].value) is not None or sense.is_flag(items[place].value))


def _clause(item: _Item, languages: Sequence[str]) -> Clause:
    readings = (
        reading
        for one in (item, *item.others)
        for language in languages or ("und",)
        for reading in phrase_readings(one.value, language)
    )
    return Clause(tuple(dict.fromkeys(readings)), "title" if item.field == "title" else "text")
