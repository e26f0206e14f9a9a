"""A zip file of XML parts, as DOCX, PPTX, XLSX, OpenDocument and EPUB are: read from memory, within bounds."""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from lxml import etree

from engine.errors import ParseFailed
from indexer.parsers.archives.budget import MEMBERS, Budget, unpacking
from indexer.parsers.office.xml import attribute, children, parse_xml

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # where an encrypted document is wrapped up: MS-CFB, 2.2
_ENCRYPTED = 0x1


@dataclass(frozen=True, slots=True)
class Relation:
    """A reference of a part: the last word of its type, and the part that it is."""

    kind: str
    target: str


@contextmanager
def document(kind: str) -> Iterator[None]:
    """Whatever a damaged document makes of the walk over it leaves the block as ParseFailed."""
    try:
        yield
    except RecursionError as error:
        raise ParseFailed(f"The {kind} is nested too deeply.", "Flatten its tables and groups.") from error
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError, ArithmeticError) as error:
        raise ParseFailed(
            f"The {kind} is damaged: {type(error).__name__}.", "Save it again from its program."
        ) from error


class Package:
    """The parts of one file, by their names as the format has them: letters' case does not count."""

    def __init__(self, data: bytes, kind: str) -> None:
        if data.startswith(_OLE):
            raise ParseFailed(f"The {kind} is encrypted, or in an old format.", "Save a copy without the password.")
        try:
            with unpacking():
                self._zip = zipfile.ZipFile(io.BytesIO(data))
        except ParseFailed as error:
            raise ParseFailed(
                f"The {kind} is damaged, or something else.", "Save it again from its program."
            ) from error
        entries = self._zip.infolist()
        if len(entries) > MEMBERS:
            raise ParseFailed(f"The {kind} has {len(entries)} parts; {MEMBERS} are allowed.", "Split it.")
        self._entries = {entry.filename.replace("\\", "/").lstrip("/").lower(): entry for entry in entries}
        self._budget = Budget(len(data))
        self._relations: dict[str, dict[str, Relation]] = {}
        self.kind = kind

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._entries

    @property
    def names(self) -> list[str]:
        return list(self._entries)

    def read(self, name: str) -> bytes:
        """The bytes of a part; b"" where there is none."""
        if name not in self:
            return b""
        with self.open(name) as stream:
            return stream.read()

    def open(self, name: str) -> IO[bytes]:
        """A part that is there, as a stream."""
        entry = self._entries[name.lower()]
        if entry.flag_bits & _ENCRYPTED:
            raise ParseFailed(f"The {self.kind} is encrypted.", "Save a copy without the password.")
        with unpacking():
            return self._budget.counted(self._zip.open(entry))

    def xml(self, name: str) -> etree._Element | None:
        """The root of a part; None where there is none."""
        data = self.read(name)
        return parse_xml(data, name) if data.strip() else None

    def relations(self, part: str) -> dict[str, Relation]:
        """References of `part` inside the package, by id. `part` "" stands for the package."""
        if part not in self._relations:
            self._relations[part] = self._read_relations(part)
        return self._relations[part]

    def _read_relations(self, part: str) -> dict[str, Relation]:
        folder, name = posixpath.split(part)
        root = self.xml(posixpath.join(folder, "_rels", f"{name}.rels"))
        found: dict[str, Relation] = {}
        for relation in children(root, "Relationship") if root is not None else ():
            target = attribute(relation, "Target")
            if target and attribute(relation, "TargetMode") != "External":
                kind = attribute(relation, "Type").rpartition("/")[2]
                found[attribute(relation, "Id")] = Relation(kind, resolved(folder, target))
        return found

    def related(self, part: str, kind: str) -> list[str]:
        """The parts that `part` refers to by a kind of relation, in order."""
        return [relation.target for relation in self.relations(part).values() if relation.kind == kind]


def resolved(folder: str, target: str) -> str:
    """The name of a part that is referred to from a folder."""
    target = target.replace("\\", "/")
    return posixpath.normpath(target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target))
