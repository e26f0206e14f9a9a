"""Identifiers in a query: what somebody pasted and wants exactly, though no quotes stand around it.

    cluster.max_shards_per_node  ERR_CONN_RESET  X-Forwarded-For  v2.11.0  maxResultWindow  KX-48213-B  /etc/hosts
    --no-cache-dir  ORA-00942  0x80070005  ECONNRESET

A passage holds an identifier if it has it whole, or its parts side by side. A query of four words and more is looked
for as it stands, too: error messages and headings are pasted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.lexical.analysis import analyse_compound, phrase_readings
from engine.lexical.compounds import whole

MOST = 16  # identifiers of one query that are looked for
VERBATIM = range(4, 33)  # words of a query that is looked for as it stands

_TOKEN = re.compile(r"\S+")
_OUTSIDE = "\"'`“”„«»()[]{}<>,;:!?*|"
_KINDS = (
    r"--[a-z][\w.]*-[\w.-]*\w",  # --no-cache-dir
    r".*[^\W_]_+[^\W_].*",  # max_shards, ERR_CONN_RESET
    r"(?=.*[^\W\d_]{2})[^\W_]+(?:[-_]?\.[-_]?[^\W_]+)*\.[^\W\d_][^\W_]*",  # knn.algo_param, opensearch.yml
    r"[vV]?\d+(?:\.\d+){2,}\S*|[vV]\d+(?:\.\d+)*",  # 2.11.0, v2
    r"[^\W_]*[a-z][A-Z]\S*",  # maxResultWindow
    r"(?=.*\d)(?=.*[^\W\d_])[^\W_]+(?:-[^\W_]+)+",  # KX-48213-B, ORA-00942
    r"[A-Z][^\W_]*(?:-[A-Z][^\W_]*)+",  # X-Forwarded-For
    r"/[\w.-]+(?:/[\w.-]+)*|[\w.-]+(?:/[\w.:-]+){2,}",  # /etc/hosts, indices:data/read/search
    r"\w+(?:::\w+)+|\w+:[\w/.-]*[/.][\w/.-]*",  # std::vector
    r"(?=.{4})(?=.*\d)(?=.*[^\W\d_])(?!\d+[^\W\d_]{1,3}$)[^\W_]+",  # KX48213B, 0x80070005; not 16GB, 10th
)
_IDENTIFIER = re.compile("|".join(f"(?:{kind})" for kind in _KINDS))
# What a message says of one case. No step back (`*+`): in a long word it would take a time that grows with its square.
_VARIABLE = re.compile(r"\[[^\]]*\]|'[^']*'|\"[^\"]*\"|<[^>]*>|(?<![^\s'\"\]>])[^\s\d]*+\d\S*")
_CAPITALS = re.compile(r"[A-Z]{6,}")


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier as it was typed, and the sequences of terms any of which a passage must hold to have it."""

    text: str
    readings: tuple[tuple[str, ...], ...]
    verbatim: bool = False  # the whole query


def identifiers(text: str, languages: Sequence[str]) -> tuple[Identifier, ...]:
    """The identifiers of a query's plain text, each once, in order; last the query itself, if it may be pasted."""
    tokens = list(_tokens(text))
    found = dict.fromkeys(token for token in tokens if is_identifier(token))
    if not text.isupper() or len(tokens) == 1:
        found |= dict.fromkeys(token for token in tokens if _CAPITALS.fullmatch(token))
    named = [_identifier(token, languages) for token in list(found)[:MOST]]
    named += [_identifier(piece, languages, verbatim=True) for piece in _pasted(text)]
    return tuple(identifier for identifier in named if identifier.readings)


def is_identifier(token: str) -> bool:
    """Whether a token without the punctuation around it is no ordinary word or number."""
    return _IDENTIFIER.fullmatch(token) is not None


def strip_punctuation(token: str) -> str:
    """The token without what stands around words, but with the sign that begins a flag or a path."""
    return token.strip(_OUTSIDE).rstrip(".…")


def _pasted(text: str) -> list[str]:
    """The whole text if it has a message's length; else what is long enough of it between its variable parts."""
    if not _VARIABLE.search(text):
        return [text] if len(text.split()) in VERBATIM else []
    pieces = [piece.strip() for piece in _VARIABLE.split(text)]
    return [text, *(piece for piece in pieces if len(piece.split()) in VERBATIM)]


def _tokens(text: str) -> Iterator[str]:
    for match in _TOKEN.finditer(text):
        if token := strip_punctuation(match[0]):
            yield token


def _identifier(text: str, languages: Sequence[str], *, verbatim: bool = False) -> Identifier:
    readings = [reading for language in languages or ("und",) for reading in phrase_readings(text, language)]
    if not verbatim and (one := whole(text)):
        readings += [(term,) for language in languages or ("und",) for term in analyse_compound(one, language)]
    return Identifier(text, tuple(dict.fromkeys(reading for reading in readings if reading)), verbatim)
