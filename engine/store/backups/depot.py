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
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from fsspec.config import conf
from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from engine.errors import DependencyMissing, StorageFailed, StoreDamaged, UsageError, WinnowError
from engine.refusals import OUT_OF_SPACE, errno_of
from engine.store.files import copy_durably, make_directories, write_durably

_BLOCK = 1 << 20
_NOT_OURS = "Winnow did not write it so. Restore another backup, or make a new one."


class Depot:
    """A destination of backups. Local writes are durable when a method returns; others as their service promises.

    All methods raise OSError where the system refuses something, and StorageFailed where a service does, or gives no
    answer.
    """

    def __init__(self, address: str) -> None:
        """`address` is a path or a URL. UsageError for an unknown protocol; DependencyMissing names what to install."""
        self.address = address
        given = address if _is_url(address) else str(Path(address).expanduser())
        protocol = address.partition("://")[0]
        try:
            self._fs, self._root = url_to_fs(given, **_patience(protocol))
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
            with self._asked():
                return int(self._fs.info(self._path(name))["size"])
        except FileNotFoundError:
            return None

    def names(self, folder: str) -> list[str]:
        """Names of the files in a folder, sorted; none where there is no folder."""
        self._fs.invalidate_cache()
        try:
            with self._asked():
                found = self._fs.ls(self._path(folder), detail=False)
        except FileNotFoundError:
            return []
        return sorted(str(path).rsplit("/", 1)[-1] for path in found)

    def read(self, name: str, most: int) -> bytes:
        """A file's bytes. FileNotFoundError; StoreDamaged for more than `most` of them, and for what is not a file."""
        data = b"".join(self._blocks(name, most + 1))
        if len(data) > most:
            raise StoreDamaged(f"{name} in {self.address} is larger than {most:,} bytes.", _NOT_OURS)
        return data

    def digest(self, name: str) -> str:
        """SHA-256 of a file's bytes. FileNotFoundError; StoreDamaged for what is not a file."""
        digest = hashlib.sha256()
        for block in self._blocks(name):
            digest.update(block)
        return digest.hexdigest()

    def write(self, name: str, data: bytes) -> None:
        """Write a small file whole."""
        if self._local:
            path = Path(self._path(name))
            make_directories(path.parent)
            write_durably(path, data)
        else:
            with self._asked():
                self._make_parent(name)
                self._fs.pipe_file(self._path(name), data)

    def remove(self, name: str) -> None:
        """Remove a file; nothing where there is none."""
        with suppress(FileNotFoundError), self._asked():
            self._fs.rm_file(self._path(name))

    def upload(self, source: Path, name: str) -> None:
        if self._local:
            path = Path(self._path(name))
            make_directories(path.parent)
            copy_durably(source, path)
        else:
            with self._asked():
                self._make_parent(name)
                self._fs.put_file(str(source), self._path(name))

    def download(self, name: str, target: Path, size: int) -> str:
        """Copy a file of that size to a new path; its SHA-256. Syncing is the caller's.

        FileNotFoundError; StoreDamaged for another size, of which no more is copied, and for what is not a file.
        """
        digest, left = hashlib.sha256(), size
        with closing(self._blocks(name, size + 1)) as blocks, target.open("xb") as file:
            for block in blocks:
                left -= len(block)
                if left < 0:
                    break
                digest.update(block)
                file.write(block)
        if left:
            raise StoreDamaged(f"{name} in {self.address} does not have {size:,} bytes.", _NOT_OURS)
        return digest.hexdigest()

    def _blocks(self, name: str, most: int | None = None) -> Generator[bytes, None, None]:
        """Blocks of a file, of at most so many bytes together."""
        with self._asked():
            stream = self._open(name)
        with stream:
            left = most
            while left is None or left > 0:
                with self._asked():
                    block = stream.read(_BLOCK if left is None else min(_BLOCK, left))
                if not block:
                    return
                yield block
                left = None if left is None else left - len(block)

    @contextmanager
    def _asked(self) -> Iterator[None]:
        """Raise StorageFailed in place of what clients of services raise, but for a file that is not there."""
        try:
            yield
        except (WinnowError, FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise
        except Exception as error:
            if self._local or errno_of(error) in OUT_OF_SPACE:
                raise
            said = str(error).strip() or "it does not say why"
            raise StorageFailed(
                f"{self.address} cannot be used: {type(error).__name__}: {said:.300}.",
                "See whether its service runs and can be reached from here, and whether the credentials of this "
                "process may use it; then run the same command again: what is stored there is as it was.",
            ) from error

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


def _patience(protocol: str) -> dict[str, Any]:
    """Options of a service's client. s3fs asks again five times where S3 says nothing for 15 seconds, and its client
    asks five times each time: a server that hangs would be waited for for seven minutes. Settings of fsspec's prevail.
    """
    if protocol not in ("s3", "s3a") or "config_kwargs" in conf.get(protocol, {}):
        return {}
    return {"config_kwargs": {"retries": {"max_attempts": 1}}}


def _is_url(address: str) -> bool:
    return "://" in address or "::" in address
