"""Zip archives. Encrypted members are named, not read."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Iterator
from functools import partial
from typing import IO

from indexer.parsers.archives.budget import Budget, unpacking
from indexer.parsers.archives.names import LENGTH, encoding_of, safe_path
from indexer.parsers.base import BadMember, Member, NoMember

_ENCRYPTED = 0x1  # bits of an entry's flags, https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.4.4
_UTF8 = 0x800


class ZipArchive:
    name = "zip"
    label = "zip archives"
    suffixes = (".zip",)
    mark = "!/"

    def members(self, stream: IO[bytes], *, name: str, budget: Budget) -> Iterator[Member | BadMember | NoMember]:
        with unpacking():
            archive = zipfile.ZipFile(stream)
        with archive:
            entries = archive.infolist()
            encoding = encoding_of([_undeclared(entry) for entry in entries])
            for entry in entries:
                if not entry.is_dir():
                    budget.member()
                    yield _member(archive, entry, encoding, budget)


def _member(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, encoding: str, budget: Budget
) -> Member | BadMember | NoMember:
    path = safe_path(_undeclared(entry).decode(encoding, "replace") or entry.filename)
    if len(path) > LENGTH:
        return BadMember(path[:LENGTH], f"Its name is longer than {LENGTH} characters.", "Shorten it.")
    if stat.S_ISLNK(entry.external_attr >> 16):
        return NoMember(path, "a link")
    if entry.flag_bits & _ENCRYPTED:
        return BadMember(path, "It is encrypted.", "Unpack the archive with its password, and ingest the folder.")
    return Member(path, path.rpartition("/")[2], partial(_open, archive, entry, budget))


def _open(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: Budget) -> IO[bytes]:
    with unpacking():
        return budget.counted(archive.open(entry))


def _undeclared(entry: zipfile.ZipInfo) -> bytes:
    """The bytes of a name that does not say what encoding it is in; b"" for one that does."""
    try:
        return b"" if entry.flag_bits & _UTF8 else entry.filename.encode("cp437")
    except UnicodeEncodeError:  # an extra field brought another name
        return b""
