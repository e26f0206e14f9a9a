"""Web archives (WARC, and ARC before it) by warcio: what a crawler was answered, each page under its address.

https://iipc.github.io/warc-specifications/. Only what was answered in full is read: requests, redirects, errors and
the crawler's own records are summed.
"""

from __future__ import annotations

import io
import logging
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import IO, Any, cast

from engine.errors import DependencyMissing, ParseFailed
from engine.extras import needs
from indexer.parsers.archives.brotlied import Brotlied, is_available
from indexer.parsers.archives.budget import Budget
from indexer.parsers.archives.compression import decompressed
from indexer.parsers.archives.names import LENGTH, web_name
from indexer.parsers.base import BadMember, Member, NoMember
from indexer.parsers.decoding import clean

_READ = ("response", "resource", "conversion")  # types of records
_WEB = ("http://", "https://", "ftp://")
_HEADERS = 2**20  # bytes of the headers of one record
_BLOCK = 64 * 1024
_ENCODINGS = ("", "identity", "gzip", "deflate")  # that warcio undoes
_BROTLI = "br"
_PROGRAMS = re.compile(r"text/css|(?:text|application)/(?:x-)?(?:java|ecma)script", re.IGNORECASE)  # of pages
_PROGRAM_NAMES = (".css", ".js", ".mjs")


class WebArchive:
    name = "warc"
    label = "web archives"
    suffixes = (".warc", ".warc.gz", ".arc", ".arc.gz")
    mark = "#"

    def members(self, stream: IO[bytes], *, name: str, budget: Budget) -> Iterator[Member | BadMember | NoMember]:
        try:
            with needs("web-archive", "Reading web archives"):
                from warcio.archiveiterator import ArchiveIterator
        except DependencyMissing as error:  # is a failure of this file alone
            raise ParseFailed(error.message, error.remedy) from error
        source = _Bounded(decompressed(stream, budget))
        left_out: Counter[str] = Counter()
        with _reading():
            records = ArchiveIterator(source, arc2warc=True)
        records.INC_RECORD = ""  # it would be written to the terminal
        logging.getLogger("warcio").setLevel(logging.ERROR)
        while True:
            with _reading(), source.headers():
                record = next(records, None)
            if record is None:
                break
            budget.member()
            if reason := _unread(record):
                left_out[reason] += 1
            else:
                yield _member(record, budget)
            with _reading():
                while record.raw_stream.read(_BLOCK):
                    pass
            if getattr(record.raw_stream, "limit", 0) > 0:
                raise ParseFailed("The web archive is cut off.", "Download or write it once more.")
        for reason, count in left_out.most_common():
            yield NoMember("", f"{reason} ({count:,})")


def _unread(record: Any) -> str:
    """Kind of records that are left out, in the plural; "" for one that is read."""
    if record.rec_type not in _READ:
        return f"{record.rec_type or 'unnamed'} records"
    if not _address(record).startswith(_WEB):
        return "records of no web address"
    if _is_program(record):
        return "scripts and style sheets"
    if record.rec_type != "response":
        return ""
    status = record.http_headers.get_statuscode() if record.http_headers else "unknown"
    if status != "200":
        return f"responses of status {status}"
    known = _encoding(record) in (*_ENCODINGS, _BROTLI)
    return "" if known else "responses in another encoding than gzip or brotli"


def _encoding(record: Any) -> str:
    headers = record.http_headers if record.rec_type == "response" else None
    return (headers.get_header("content-encoding") or "").strip().lower() if headers else ""


def _address(record: Any) -> str:
    return "".join(filter(str.isprintable, clean(record.rec_headers.get_header("WARC-Target-URI") or ""))).strip()


def _is_program(record: Any) -> bool:
    """Whether it is a script or a style sheet, which pages are made with and nobody reads."""
    return _PROGRAMS.fullmatch(_kind(record)) is not None or _name(record).lower().endswith(_PROGRAM_NAMES)


def _kind(record: Any) -> str:
    """The content type, without its parameters."""
    headers = record.http_headers if record.rec_type == "response" else record.rec_headers
    return (headers.get_header("content-type") or "").partition(";")[0].strip().lower() if headers else ""


def _name(record: Any) -> str:
    return web_name(_address(record), _kind(record))


def _member(record: Any, budget: Budget) -> Member | BadMember:
    address = _address(record)
    if len(address) > LENGTH:
        return BadMember(address[:LENGTH], f"Its address is longer than {LENGTH} characters.", "Leave it out.")
    if _encoding(record) == _BROTLI and not is_available():
        remedy = "Install the extra: pip install 'winnow-search[web-archive]'."
        return BadMember(address, "It is packed with brotli, and the package for that is not installed.", remedy)
    return Member(address, _name(record), partial(_open, record, budget), url=address)


def _open(record: Any, budget: Budget) -> IO[bytes]:
    with _reading():
        packed = _encoding(record) == _BROTLI
        if packed:  # warcio would unpack all at once
            record.http_headers.replace_header("Content-Encoding", "identity")
        content = _Content(record.content_stream())
        return budget.counted(cast(IO[bytes], _Content(Brotlied(content.read)) if packed else content))


@contextmanager
def _reading() -> Iterator[None]:
    """Turn whatever warcio raises at damaged archives into ParseFailed."""
    try:
        yield
    except ParseFailed:
        raise
    except Exception as error:  # it raises whatever happens, also AttributeError
        reason = " ".join(clean(str(error)).split())[:200].rstrip(".") or type(error).__name__
        raise ParseFailed(f"The web archive is damaged: {reason}.", "Download or write it once more.") from error


class _Content:
    """The content of a record, freed of what HTTP wrapped it in."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def read(self, size: int) -> bytes:
        with _reading():
            return bytes(self._stream.read(size))

    def close(self) -> None:
        """Leave the stream open: it goes on with the next record."""


class _Bounded(io.RawIOBase):
    """The bytes of an archive, of which the headers of a record may be so many: warcio reads lines of any length."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._read: Callable[[int], bytes] = getattr(stream, "read1", stream.read)
        self._left: int | None = None

    @contextmanager
    def headers(self) -> Iterator[None]:
        self._left = _HEADERS
        try:
            yield
        finally:
            self._left = None

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._stream.tell()

    def read(self, size: int = -1) -> bytes:
        data = self._read(size)
        if self._left is not None:
            self._left -= len(data)
            if self._left < 0:
                raise ParseFailed(f"The headers of a record have more than {_HEADERS // 2**20} MiB.", "Leave it out.")
        return data
