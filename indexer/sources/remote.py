"""Documents behind URLs: whatever fsspec reaches (s3://, gs://, sftp://, memory://, ...), and single files of the web.

Each file is fetched to this machine for as long as it is read. Ids and uris are URLs.
"""

from __future__ import annotations

import mimetypes
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fsspec.core import url_to_fs

from engine.errors import DependencyMissing, SourceNotFound, SourceUnavailable, UsageError
from engine.types import Metadata, MetadataValue
from indexer.parsers import is_readable
from indexer.parsers.ocr.choosing import PICTURE, is_picture
from indexer.sources.source import NO_PARSER, Failed, Skipped, Source, discover

_WEB = ("http://", "https://")
_TIMES = ("LastModified", "last_modified", "updated", "mtime", "modified", "created")  # as the services call them
_SIZE = "size"
_REMEDY = "Check the address, and your rights."


@dataclass(frozen=True, slots=True)
class _File:
    """A remote file: its URL, its path in its file system, its path below what was named, and what is known of it."""

    url: str
    path: str
    name: str
    info: Mapping[str, Any]


def is_web(url: str) -> bool:
    """Whether a URL is of the web, where there are files and no folders."""
    return url.startswith(_WEB)


def remote_sources(
    url: str, ignore: Callable[[str], str | None] = lambda name: None, *, ocr: bool = False
) -> Iterator[Source | Skipped | Failed]:
    """The documents at and under a URL, sorted, with an account of each file that is none.

    `ignore` tells why a path below the URL is left out, if it is. What is there is looked up at once, fetched lazily.
    `ocr` reads pictures, too.

    Raises:
        SourceNotFound: there is nothing.
        SourceUnavailable: the service cannot be reached, or refuses.
        DependencyMissing: a package for this kind of URL is not installed.
        UsageError: there is no such kind of URL.
    """
    system, files = _listed(url)
    return (source for file in files for source in _read(system, file, ignore, named=file.url == url, ocr=ocr))


def _listed(url: str) -> tuple[Any, list[_File]]:
    kind = url.partition("://")[0]
    try:
        system, root = url_to_fs(url)
    except ImportError as error:  # fsspec's own words name the package
        raise DependencyMissing(f"{kind}:// needs a package that is not installed.", f"{error} (pip).") from error
    except ValueError as error:
        raise UsageError(f"{kind}:// cannot be read: {error}.", "Give a path, or a URL of fsspec's.") from error
    try:
        if is_web(url):
            info = system.info(root)
            return system, [_File(url, root, _web_name(url, info), info)]
        found = system.find(root, detail=True)
    except FileNotFoundError:
        found = {}
    except Exception as error:  # every service has its own
        raise SourceUnavailable(f"{url} cannot be read: {_said(error)}.", _REMEDY) from error
    files = [_file(url, root, path, info) for path, info in sorted(found.items())]
    if not files:
        raise SourceNotFound(f"There is nothing at {url}.", "Check the URL.")
    return system, files


def _file(url: str, root: str, path: str, info: Mapping[str, Any]) -> _File:
    """A file that was found under `root`, which is the URL as its file system spells it."""
    below = path.removeprefix(root.rstrip("/")).strip("/")
    if not below:
        return _File(url, path, path.rpartition("/")[2], info)
    return _File(f"{url.rstrip('/')}/{below}", path, below, info)


def _web_name(url: str, info: Mapping[str, Any]) -> str:
    """A name that tells the format: of the address, else of what the server says."""
    name = urlsplit(url).path.rstrip("/").rpartition("/")[2] or "index"
    if is_readable(name):
        return name
    return name + (mimetypes.guess_extension(str(info.get("mimetype", "")).partition(";")[0].strip()) or ".html")


def _read(
    system: Any, file: _File, ignore: Callable[[str], str | None], *, named: bool, ocr: bool
) -> Iterator[Source | Skipped | Failed]:
    hidden = any(part.startswith(".") for part in file.name.split("/"))
    unread = None if is_readable(file.name) else NO_PARSER
    if unread and is_picture(file.name, b""):
        unread = None if ocr else PICTURE
    reason = None if named else "hidden" if hidden else ignore(file.name) or unread
    if reason is not None:
        yield Skipped(file.url, reason)
        return
    with tempfile.TemporaryDirectory(prefix="winnow-remote-") as scratch:
        copy = Path(scratch, file.name.rpartition("/")[2])
        try:
            system.get_file(file.path, str(copy))
        except Exception as error:  # every service has its own
            yield Failed(file.url, f"It cannot be fetched: {_said(error)}.", _REMEDY)
            return
        for source in discover([copy], ocr=ocr):
            yield _at_home(source, copy.as_posix(), file)


def _at_home(source: Source | Skipped | Failed, copy: str, file: _File) -> Source | Skipped | Failed:
    """Sources that were found in the copy, under the file's own address."""

    def address(name: str) -> str:
        return file.url + name.removeprefix(copy) if name.startswith(copy) else name

    if not isinstance(source, Source):
        return replace(source, path=address(source.path))
    facts = _facts(file.info) if source.id == copy else {}
    return replace(source, id=address(source.id), uri=address(source.uri), facts=facts, file=address(source.file))


def _facts(info: Mapping[str, Any]) -> Metadata:
    """Size and date as far as the service tells them."""
    facts: dict[str, MetadataValue] = {}
    if isinstance(info.get(_SIZE), int):
        facts["bytes"] = info[_SIZE]
    moment = next((info[name] for name in _TIMES if isinstance(info.get(name), datetime | int | float)), None)
    try:
        if isinstance(moment, datetime):
            facts["modified"] = moment.replace(microsecond=0, tzinfo=moment.tzinfo or UTC).astimezone(UTC)
        elif moment is not None:
            facts["modified"] = datetime.fromtimestamp(int(moment), UTC)
    except (OverflowError, ValueError, OSError):  # of a year that nobody has
        pass
    return facts


def _said(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
