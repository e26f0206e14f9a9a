"""Where backups lie: a local folder, or whatever fsspec reaches by URL (s3://, gs://, sftp://, memory://, ...).

objects/<xx>/<sha256>    the files of all backups, each once, named by their content
backups/<id>.json        one sealed file per backup, written when all of its objects are there
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from engine.errors import DependencyMissing, UsageError
from engine.store.files import copy_durably, make_directories, write_durably


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

    def read(self, name: str) -> bytes:
        data: bytes = self._fs.cat_file(self._path(name))
        return data

    def digest(self, name: str) -> str:
        """SHA-256 of a file's bytes."""
        with self._fs.open(self._path(name), "rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    def write(self, name: str, data: bytes) -> None:
        """Write a small file whole."""
        if self._local:
            path = Path(self._path(name))
            make_directories(path.parent)
            write_durably(path, data)
        else:
            self._make_parent(name)
            self._fs.pipe_file(self._path(name), data)

    def upload(self, source: Path, name: str) -> None:
        if self._local:
            path = Path(self._path(name))
            make_directories(path.parent)
            copy_durably(source, path)
        else:
            self._make_parent(name)
            self._fs.put_file(str(source), self._path(name))

    def download(self, name: str, target: Path) -> None:
        """FileNotFoundError. Syncing is the caller's."""
        with self._fs.open(self._path(name), "rb") as stream, target.open("wb") as file:
            shutil.copyfileobj(stream, file, 1 << 20)

    def _make_parent(self, name: str) -> None:
        self._fs.makedirs(self._path(name).rsplit("/", 1)[0], exist_ok=True)

    def _path(self, name: str) -> str:
        return f"{str(self._root).rstrip('/')}/{name}"


def _is_url(address: str) -> bool:
    return "://" in address or "::" in address
