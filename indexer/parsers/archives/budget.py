"""How much may come out of one file: bounds that let every archive of real documents pass, and end a bomb."""

from __future__ import annotations

import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, cast

from engine.errors import ParseFailed

MEMBERS = 200_000
RATIO = 200  # unpacked bytes for one packed byte; text and tables seldom reach 50
FLOOR = 256 * 2**20  # bytes that may come out of a file however small
TOTAL = 64 * 2**30  # bytes that may come out of a file however large
DEPTH = 6  # archives in archives
_BUFFER = 64 * 1024
_UNPACK = "Unpack it, and ingest the folder."

_UNREADABLE = (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError)
_UNSUPPORTED = (RuntimeError, NotImplementedError)  # zipfile's, at encrypted members and at rare methods


class Exhausted(ParseFailed):
    """More comes out of a file than may: nothing more of it is read."""


class Budget:
    """Bytes that may still come out of one file, counted over all that lies in it at any depth."""

    def __init__(self, size: int) -> None:
        """`size` is that of the outermost file, in bytes."""
        self._allowed = self._bytes = min(TOTAL, max(FLOOR, RATIO * size))
        self._members = MEMBERS

    def member(self) -> None:
        """One more member. Exhausted if there are too many."""
        self._members -= 1
        if self._members < 0:
            raise Exhausted(f"It holds more than {MEMBERS} files.", _UNPACK)

    def counted(self, stream: IO[bytes]) -> IO[bytes]:
        """`stream`, whose bytes count. Reading raises ParseFailed where it is damaged, Exhausted beyond the bounds."""
        return cast(IO[bytes], io.BufferedReader(_Checked(stream, self), _BUFFER))

    def spend(self, count: int) -> None:
        self._bytes -= count
        if self._bytes < 0:
            raise Exhausted(f"More than {self._allowed // 2**20} MiB come out of it.", _UNPACK)


def checked(stream: IO[bytes]) -> IO[bytes]:
    """`stream`, whose bytes are counted already. Reading it raises ParseFailed where it is damaged."""
    return cast(IO[bytes], io.BufferedReader(_Checked(stream, None), _BUFFER))


@contextmanager
def unpacking() -> Iterator[None]:
    """Turn whatever the standard library raises at damaged archives into ParseFailed."""
    try:
        yield
    except _UNSUPPORTED as error:
        raise ParseFailed(f"It cannot be unpacked: {_reason(error)}.", _UNPACK) from error
    except _UNREADABLE as error:
        raise ParseFailed(f"It is damaged: {_reason(error)}.", "Copy or download it once more.") from error


def _reason(error: Exception) -> str:
    return (str(error) or type(error).__name__).rstrip(".")


class _Checked(io.RawIOBase):
    def __init__(self, stream: IO[bytes], budget: Budget | None) -> None:
        self._stream = stream
        # No more at once than is there: what comes before damage is given.
        self._read: Callable[[int], bytes] = getattr(stream, "read1", stream.read)
        self._budget = budget

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        with unpacking():
            data = self._read(len(buffer))
        if self._budget is not None:
            self._budget.spend(len(data))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()
