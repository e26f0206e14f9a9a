"""Curation: what people decide about the hits of a collection, beside its recipe. All of it is off unless stated.

It is written in a TOML or JSON file (docs/ranking.md), checked here, and kept in the manifest of every generation.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from engine.config_file import reason
from engine.errors import InvalidCuration

_MOST_RULES = 1000  # of a kind
_MOST_BOOSTS = 20  # each is looked at in every search
_MOST_DOCUMENTS = 1000  # of a rule

Phrase = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
DocumentId = Annotated[str, StringConstraints(min_length=1, max_length=4096)]
Documents = Annotated[tuple[DocumentId, ...], Field(min_length=1, max_length=_MOST_DOCUMENTS)]


class Rule(BaseModel):
    """Base of the rules: what a rule does not have is a mistake, not a remark."""

    # Most collections have no rules: what checks them is made when there are some.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Synonyms(Rule):
    """Words that stand for each other. With `query` one way only: a search for `query` is one for `words`, too."""

    words: Annotated[tuple[Phrase, ...], Field(min_length=1, max_length=50)]
    query: Phrase | None = None

    @model_validator(mode="after")
    def _enough(self) -> Synonyms:
        if self.query is None and len(self.words) < 2:
            raise ValueError("synonyms that stand for each other are two words or more")
        return self


class Asked(Rule):
    """A rule for some queries: for `query`, whatever its capitals and spaces, or for what `pattern` fits, in which `*`
    stands for any text and `?` for any character.
    """

    query: Phrase | None = None
    pattern: Phrase | None = None

    def is_for(self, query: str) -> bool:
        """Whether the rule holds for a query; one that names neither query nor pattern does for all."""
        asked = _folded(query)
        if self.query is not None:
            return asked == _folded(self.query)
        return self.pattern is None or fnmatchcase(asked, _folded(self.pattern))

    @model_validator(mode="after")
    def _one_way(self) -> Asked:
        if self.query is not None and self.pattern is not None:
            raise ValueError("query and pattern exclude each other")
        return self


class Pin(Asked):
    """Documents that come first, in this order."""

    documents: Documents

    @model_validator(mode="after")
    def _for_some(self) -> Pin:
        if self.query is None and self.pattern is None:
            raise ValueError("a pin needs a query or a pattern")
        return self


class Hidden(Asked):
    """Documents that are no hits; without `query` and `pattern` they never are."""

    documents: Documents


class Boost(Rule):
    """Documents that pass a filter are raised, or with a weight below 0 lowered, by a share of the spread of the
    scores.
    """

    filter: Phrase
    weight: Annotated[float, Field(ge=-1, le=1)]


class Recency(Rule):
    """Newer documents are raised: by `weight` the newest, by half of it what is older by `half_life_days`."""

    field: Annotated[str, StringConstraints(min_length=1, max_length=256)]
    half_life_days: Annotated[float, Field(gt=0, le=1_000_000)]
    weight: Annotated[float, Field(gt=0, le=1)]


class Curation(Rule):
    """The rules of a collection."""

    synonyms: Annotated[tuple[Synonyms, ...], Field(max_length=_MOST_RULES)] = ()
    pins: Annotated[tuple[Pin, ...], Field(max_length=_MOST_RULES)] = ()
    hidden: Annotated[tuple[Hidden, ...], Field(max_length=_MOST_RULES)] = ()

    boosts: Annotated[tuple[Boost, ...], Field(max_length=_MOST_BOOSTS)] = ()
    recency: Annotated[tuple[Recency, ...], Field(max_length=_MOST_BOOSTS)] = ()

    @property
    def documents(self) -> frozenset[str]:
        """Ids of the documents that rules name."""
        rules: tuple[Pin | Hidden, ...] = (*self.pins, *self.hidden)
        return frozenset(name for rule in rules for name in rule.documents)

    def pinned_for(self, query: str) -> tuple[str, ...]:
        """Ids of the documents that come first for a query, each once, in the order of the rules."""
        return tuple(dict.fromkeys(name for rule in self.pins if rule.is_for(query) for name in rule.documents))

    def hidden_for(self, query: str) -> frozenset[str]:
        """Ids of the documents that are no hits for a query."""
        return frozenset(name for rule in self.hidden if rule.is_for(query) for name in rule.documents)

    @property
    def phrases(self) -> dict[str, tuple[str, ...]]:
        """The meanings beside its own of each word or words, in the order of the rules."""
        found: dict[str, list[str]] = {}
        for rule in self.synonyms:
            for phrase in rule.words if rule.query is None else (rule.query,):
                found.setdefault(phrase, []).extend(other for other in rule.words if other != phrase)
        return {phrase: tuple(dict.fromkeys(others)) for phrase, others in found.items()}

    def counted(self) -> str:
        """How many rules there are of each kind, for a person."""
        kinds = {name: len(getattr(self, name)) for name in type(self).model_fields}
        return ", ".join(f"{name} {number}" for name, number in kinds.items() if number) or "no rules"

    def to_json(self) -> dict[str, Any]:
        """The form that `from_json` reads; empty for a collection without rules."""
        return self.model_dump(mode="json", exclude_defaults=True)

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Curation:
        """InvalidCuration unless `data` has the shape of rules; the message names the first that is wrong."""
        if data == {}:
            return no_rules()
        try:
            return Curation.model_validate(data)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(str(part) for part in first["loc"]) or "the file"
            more = f" ({error.error_count() - 1} more)" if error.error_count() > 1 else ""
            raise InvalidCuration(f"{place}: {reason(first['msg'])}{more}.", _REMEDY) from error


def no_rules() -> Curation:
    """The rules of a collection that has none, which need no check."""
    return Curation.model_construct()


def read_curation(path: Path) -> Curation:
    """The rules in a file, of TOML, or of JSON where it is called so.

    Raises:
        InvalidCuration: the file cannot be read, is neither, or has other rules than there are.
    """
    import tomllib

    try:
        text = path.read_text("utf-8")
        data = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except OSError as error:
        raise InvalidCuration(f"{path} cannot be read: {error.strerror}.", "Name a file of rules.") from error
    except (ValueError, RecursionError) as error:
        raise InvalidCuration(f"{path} is neither TOML nor JSON: {error}.", _REMEDY) from error
    if not isinstance(data, dict):
        raise InvalidCuration(f"{path} holds no table of rules.", _REMEDY)
    return Curation.from_json(data)


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


_REMEDY = "docs/ranking.md shows what a file of rules may hold."
