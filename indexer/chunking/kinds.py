"""The ways of cutting documents that there are; a new one is a class with `runs` and one entry in `KINDS`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from engine.errors import UsageError
from indexer.chunking.plain import Paragraphs, Sentences, Tokens
from indexer.chunking.structure import Structure
from indexer.chunking.tokenmap import TokenMap
from indexer.chunking.units import Unit

Name = Literal["structure", "sentences", "paragraphs", "tokens", "document"]


class Units(Protocol):
    """The units of one text."""

    def runs(self, start: int, end: int) -> Iterator[list[Unit]]:
        """The units of `text[start:end]` in order, in runs that no chunk crosses."""
        ...


@dataclass(frozen=True, slots=True)
class Kind:
    """A way of cutting documents. `version` goes up whenever the same document would be cut at other places.

    `sections`: no chunk crosses a heading, but "merged" that of a small section; all are kept "apart", or "none" is.
    `longest`: chunks are as long as the encoder reads, and overlap by nothing.
    """

    name: Name
    version: int
    description: str
    units: Callable[[str, TokenMap], Units]
    sections: Literal["merged", "apart", "none"] = "merged"
    longest: bool = False

    @property
    def recorded(self) -> str:
        """The beginning of a chunker's version."""
        return f"{self.name}/{self.version}"


_ALL = (
    Kind(
        "structure",
        5,
        "whole sentences, list items, table rows, log entries and pieces of code, under their headings",
        Structure,
    ),
    Kind("sentences", 2, "whole sentences, under their headings", Sentences),
    Kind("paragraphs", 1, "every paragraph for itself", Paragraphs, sections="apart"),
    Kind("tokens", 1, "so many tokens, wherever they begin and end", Tokens, sections="none"),
    Kind("document", 1, "the whole document, or as few parts as the encoder can read", Sentences, "none", longest=True),
)
KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _ALL}
DEFAULT: Name = "structure"


def kind_named(name: str) -> Kind:
    """The kind of that name. UsageError if there is none of that name."""
    try:
        return KINDS[name] if name in KINDS else KINDS[f"{name}s"]  # a paragraph, or paragraphs
    except KeyError:
        known = "; ".join(f"`{kind.name}`: {kind.description}" for kind in _ALL)
        raise UsageError(f"There is no chunker {name!r}.", f"Choose one of {known}.") from None
