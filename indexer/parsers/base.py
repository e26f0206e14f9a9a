"""Protocols of parsers, and their results. A new format is a file that implements `Parser` and a line in `PARSERS`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO, Any, Protocol

from engine.types import Heading, Locator, MetadataValue
from indexer.parsers.archives.budget import Budget


@dataclass(frozen=True, slots=True)
class Parsed:
    """A document as its file tells it. `language` is None where the file does not name one.

    `locators`, sorted by `start`, tell where in its file the text stands: pages, slides, lines, anchors.
    `remarks` say what of the file is not in `text`, in a sentence each: they become warnings of the ingest. `named`:
    the title is the file's name, since the document gives none.
    """

    title: str
    text: str
    headings: tuple[Heading, ...] = ()
    language: str | None = None
    metadata: dict[str, MetadataValue] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    named: bool = False
    locators: tuple[Locator, ...] = ()


class Format(Protocol):
    """A format as its reader describes it."""

    @property
    def name(self) -> str: ...

    @property
    def label(self) -> str:
        """The name that people use for the format; lists of formats are made of it."""
        ...

    @property
    def suffixes(self) -> tuple[str, ...]: ...


class Parser(Format, Protocol):
    """One file, one document. `version` goes up whenever the same bytes would give another result."""

    @property
    def version(self) -> str: ...

    def parse(self, data: bytes, *, name: str) -> Parsed:
        """The document in `data`; `name` is the file's name, for the title of a document that has none.

        Raises:
            ParseFailed: the bytes are not a readable document of this format. Nothing else is raised.
        """
        ...


@dataclass(frozen=True, slots=True)
class Record:
    """One object of a file that holds many. `id` is None where the object names none; `line` starts at 1.

    `key` tells it from the others of its file alone, as that of a reference does. `lines`: those that its fields begin
    in, where the text tells them; a record that moves in its file is another one then.
    """

    line: int
    id: str | None
    url: str | None
    fields: dict[str, Any]
    key: str | None = None
    lines: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A line that is no record, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class NoRecords:
    """Parts of a file that are left out on purpose: which, and how many."""

    reason: str


class RecordParser(Format, Protocol):
    """One file, many documents: read as a stream, so that the file's size does not matter."""

    @property
    def version(self) -> str: ...

    def records(self, stream: IO[bytes]) -> Iterator[Record | BadRecord | NoRecords]:
        """The records of the file in order; a bad one does not stop the rest.

        Raises:
            ParseFailed: nothing more can be read of the file.
        """
        ...

    def parse(self, record: Record) -> Parsed:
        """The document in one record.

        Raises:
            ParseFailed: the record holds no text field. Nothing else is raised.
        """
        ...


@dataclass(frozen=True, slots=True)
class Member:
    """A file in another file. `path` tells it from the others there; the suffix of `name` tells what reads it.

    `open()` gives its bytes. It may be called once, before the next member is asked for. `message` is its number among
    the messages of a mailbox. `url` is its own address, which is its id then.
    """

    path: str
    name: str
    open: Callable[[], IO[bytes]]
    message: int | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class BadMember:
    """A member that cannot be read, and why."""

    path: str
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class NoMember:
    """An entry that is no file: a link, a device. Without a path it is a sum of them."""

    path: str
    reason: str


class Container(Format, Protocol):
    """One file that holds files, which are read by what reads their kind: an archive, a mailbox, a message.

    A member's id is the container's own, `mark`, and the member's path.
    """

    @property
    def mark(self) -> str: ...

    def members(self, stream: IO[bytes], *, name: str, budget: Budget) -> Iterator[Member | BadMember | NoMember]:
        """The members in their order; a bad one does not stop the rest. `name` is the file's name; `stream` can seek.

        Raises:
            ParseFailed: nothing more can be read of the file. Nothing else is raised, and nothing else by the streams.
        """
        ...
