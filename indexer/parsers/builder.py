"""Assembles a document's text block by block, and notes where each heading and each place of the file begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath

from engine.types import Heading, Locator, LocatorKind, MetadataValue
from indexer.parsers.base import Parsed

PARAGRAPH = "\n\n"
LINE = "\n"
MEANS = ": "  # between a short term and what it means, in one line
_TERM = 60  # code points of a short term
_TERM_ENDS = ")]}>\"'”’`"


def beside(term: str) -> str:
    """The text between a term and its meaning: a colon, or a line break where the term is long or ends otherwise."""
    term = term.strip()
    short = 0 < len(term) <= _TERM and "\n" not in term and (term[-1].isalnum() or term[-1] in _TERM_ENDS)
    return MEANS if short else LINE


class TextBuilder:
    """Blocks go in; text, headings and locators come out. Offsets are code points of the finished text."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._headings: list[Heading] = []
        self._locators: list[Locator] = []
        self._places: dict[LocatorKind, tuple[str, bool]] = {}  # where the next block stands

    def add(self, block: str, separator: str = PARAGRAPH) -> None:
        """Append a block; `separator` stands between it and what came before. Blank blocks are dropped, and so is the
        white space before the first one, which may be indented code.
        """
        if block and not block.isspace():
            self._append(block if self._parts else block.lstrip(), separator)

    def heading(self, level: int, text: str) -> None:
        """Append a heading on a line of its own and begin its section. A blank heading is dropped."""
        text = " ".join(text.split())
        if text:
            start = self._append(text, PARAGRAPH)
            self._headings.append(Heading(start=start, level=level, text=text))

    def landmark(self, level: int, text: str) -> None:
        """Append a heading that is a place as well, in files whose lines and pages nobody can tell."""
        if text := " ".join(text.split()):
            self.locate("anchor", text)
            self.heading(level, text)

    def locate(self, kind: LocatorKind, value: str, counting: bool = False) -> None:
        """Note the place in the file of what is appended from now on, until the next place. A sheet has rows of its
        own: with it the line of the one before ends. `counting`: each line break begins the next line of the file.
        """
        if kind == "sheet":
            self._places.pop("line", None)
        self._places[kind] = value, counting

    def _append(self, block: str, separator: str) -> int:
        if self._parts:
            self._parts.append(separator)
            self._length += len(separator)
        start = self._length
        if self._places:
            self._locators += (Locator(start, kind, *place) for kind, place in self._places.items())
            self._places.clear()
        self._parts.append(block)
        self._length += len(block)
        return start

    @property
    def headings(self) -> tuple[Heading, ...]:
        return tuple(self._headings)

    @property
    def locators(self) -> tuple[Locator, ...]:
        return tuple(self._locators)

    @property
    def text(self) -> str:
        return "".join(self._parts)

    def first_heading(self, level: int = 1) -> str | None:
        """The first heading of a level, or None."""
        return next((heading.text for heading in self._headings if heading.level == level), None)

    def opening(self) -> str | None:
        """The heading that the text begins with, or None."""
        return self._headings[0].text if self._headings and self._headings[0].start == 0 else None

    def parsed(
        self,
        title: str | None,
        *,
        name: str,
        language: str | None = None,
        metadata: Mapping[str, MetadataValue] | None = None,
        remarks: Sequence[str] = (),
    ) -> Parsed:
        """The document that was built. Without a `title` it is called as its file `name` is, less the suffix."""
        return Parsed(
            title=title or PurePath(name).stem,
            text=self.text,
            headings=self.headings,
            language=language,
            metadata=dict(metadata or {}),
            remarks=tuple(remarks),
            named=title is None,
            locators=self.locators,
        )
