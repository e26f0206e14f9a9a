"""Where backups lie: a local folder, or whatever fsspec reaches by URL (s3://, gs://, sftp://, memory://, ...).

objects/<xx>/<sha256>    the files of all backups, each once, named by their content
backups/<id>.json        one sealed file per backup, written when all of its objects are there
underway/                notes of who writes or removes just now (engine/store/backups/underway.py)
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from engine.errors import DependencyMissing, StoreDamaged, UsageError
from engine.store.files import copy_durably, make_directories, write_durably

_BLOCK = 1 << 20
_NOT_OURS = "Winnow did not write it so. Restore another backup, or make a new one."


class Depot:
    """A destination of backups. Local writes are durable when a method returns; others as their service promises."""

    def __init__(self, address: str) -> None:
        """`address` is a path or a URL. UsageError for an unknown protocol; DependencyMissing names what to install."""
        self.address = address
        given = address if _is_url(address) else str(Path(address).expanduser())
        protocol = address.partition("://")[0]
        try:
            self._fs, self._root = url_to_fs(given)
        except ImportError as error:  # fsspec's own words name the package
            raise DependencyMissing(
                f"{protocol}:// needs a package that is not installed.", f"{error} (pip)."
            ) from error
        except ValueError as error:
            raise UsageError(
                f"{protocol}:// cannot be used: {error}.", "Give a folder, or a URL of fsspec's."
            ) from error
        self._local = isinstance(self._fs, LocalFileSystem)

    def size(self, name: str) -> int | None:
        """Bytes of a file, None where there is none."""
        try:
            return int(self._fs.info(self._path(name))["size"])
        except FileNotFoundError:
            return None

    def names(self, folder: str) -> list[str]:
        """Names of the files in a folder, sorted; none where there is no folder."""
        self._fs.invalidate_cache()
        try:
            found = self._fs.ls(self._path(folder), detail=False)
        except FileNotFoundError:
            return []
        return sorted(str(path).rsplit("/", 1)[-1] for path in found)

    def read(self, name: str, most: int) -> bytes:
        """A file's bytes. FileNotFoundError; StoreDamaged for more than `most` of them, and for what is not a file."""
        with self._open(name) as stream:
            data: bytes = stream.read(most + 1)
        if len(data) > most:
            raise StoreDamaged(f"{name} in {self.address} is larger than {most:,} bytes.", _NOT_OURS)
        return data

    def digest(self, name: str) -> str:
        """SHA-256 of a file's bytes. FileNotFoundError; StoreDamaged for what is not a file."""
        with self._open(name) as stream:
            digest = hashlib.sha256()
            while block := stream.read(_BLOCK):
                digest.update(block)
            return digest.hexdigest()

    def write(self, name: str, data: bytes) -> None:
        """Write a small file whole."""
        if self._local:
            path = Path(self._path(name))
            make_directories(path.parent)
            write_durably(path, data)
        else:
            self._make_parent(name)
            self._fs.pipe_file(self._path(name), data)

    def remove(self, name: str) -> None:
        """Remove a file; nothing where there is none."""
        with suppress(FileNotFoundError):
            self._fs.rm_file(self._path(name))

    def upload(self, source: Path, name: str) -> None:
        if self._local:
            path = Path(self._path(name))
            make_directories(path.parent)
            copy_durably(source, path)
        else:
            self._make_parent(name)
            self._fs.put_file(str(source), self._path(name))

    def download(self, name: str, target: Path, size: int) -> str:
        """Copy a file of that size to a new path; its SHA-256. Syncing is the caller's.

        FileNotFoundError; StoreDamaged for another size, of which no more is copied, and for what is not a file.
        """
        digest, left = hashlib.sha256(), size
        with self._open(name) as stream, target.open("xb") as file:
            while block := stream.read(min(_BLOCK, left + 1)):
                left -= len(block)
                if left < 0:
                    break
                digest.update(block)
                file.write(block)
        if left:
            raise StoreDamaged(f"{name} in {self.address} does not have {size:,} bytes.", _NOT_OURS)
        return digest.hexdigest()

    def _open(self, name: str) -> BinaryIO:
        """A file to read. On a disk it is one, and no link, device or pipe, which a stranger may have put there."""
        path = self._path(name)
        if not self._local:
            stream: BinaryIO = self._fs.open(path, "rb")
            return stream
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ELOOP:
                raise
            raise StoreDamaged(f"{name} in {self.address} is a link.", _NOT_OURS) from None
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise StoreDamaged(f"{name} in {self.address} is not a file.", _NOT_OURS)
        return os.fdopen(descriptor, "rb")

    def _make_parent(self, name: str) -> None:
        self._fs.makedirs(self._path(name).rsplit("/", 1)[0], exist_ok=True)

    def _path(self, name: str) -> str:
        return f"{str(self._root).rstrip('/')}/{name}"


def _is_url(address: str) -> bool:
    return "://" in address or "::" in address
