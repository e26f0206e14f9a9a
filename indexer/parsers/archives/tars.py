"""Tar archives, plain or compressed, read once from the first byte to the last."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from functools import partial
from typing import IO

from engine.errors import ParseFailed
from indexer.parsers.archives.budget import Budget, checked, unpacking
from indexer.parsers.archives.compression import decompressed
from indexer.parsers.archives.names import LENGTH, encoding_of, safe_path
from indexer.parsers.base import BadMember, Member, NoMember


class TarArchive:
    name = "tar"
    label = "tar archives"
    suffixes = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tbz", ".tar.xz", ".txz")
    mark = "!/"

    def members(self, stream: IO[bytes], *, name: str, budget: Budget) -> Iterator[Member | BadMember | NoMember]:
        # What is passed over is unpacked too, so the whole stream counts, and not the members once more.
        with unpacking():
            archive = tarfile.open(fileobj=decompressed(stream, budget), mode="r|")  # noqa: SIM115
        while True:
            with unpacking():
                entry = archive.next()
            if entry is None:
                return
            archive.members.clear()  # type: ignore[attr-defined]  # it would keep all that it has met
            if not entry.isdir():
                budget.member()
                yield _member(archive, entry)


def _member(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> Member | BadMember | NoMember:
    name = entry.name.encode("utf-8", "surrogateescape")  # bytes that are no UTF-8 were kept as they are
    path = safe_path(name.decode(encoding_of([name]), "replace"))
    if len(path) > LENGTH:
        return BadMember(path[:LENGTH], f"Its name is longer than {LENGTH} characters.", "Shorten it.")
    if not entry.isfile():
        return NoMember(path, "a link" if entry.islnk() or entry.issym() else "neither a file nor a folder")
    if entry.issparse():  # a few bytes may stand for a terabyte of zeros
        return BadMember(path, "It is a sparse file.", "Unpack the archive, and ingest the folder.")
    return Member(path, path.rpartition("/")[2], partial(_open, archive, entry))


def _open(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> IO[bytes]:
    with unpacking():
        member = archive.extractfile(entry)
    if member is None:
        raise ParseFailed("It is not a file.", "Unpack the archive, and ingest the folder.")
    return checked(member)
