"""Zip archives. Encrypted members are named, not read."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Iterator
from functools import partial
from typing import IO

from indexer.parsers.archives.budget import Budget, unpacking
from indexer.parsers.archives.names import LENGTH, decoded, safe_path
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
            for entry in archive.infolist():
                if not entry.is_dir():
                    budget.member()
                    yield _member(archive, entry, budget)


def _member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: Budget) -> Member | BadMember | NoMember:
    path = safe_path(_name(entry))
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


def _name(entry: zipfile.ZipInfo) -> str:
    """The name as it was meant: many programs write UTF-8 and do not say so."""
    if entry.flag_bits & _UTF8:
        return entry.filename
    try:
        return decoded(entry.filename.encode("cp437"))
    except UnicodeEncodeError:  # an extra field brought another name
        return entry.filename
