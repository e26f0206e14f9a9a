"""A stream that can be opened only once, and whose beginning is wanted before the rest."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import IO, cast

from indexer.parsers import HEAD


class Peeked:
    """A stream that `open` gives. Both methods raise what it and the stream do; `stream()` is called at most once."""

    def __init__(self, open: Callable[[], IO[bytes]]) -> None:
        self._open = open
        self._rest: IO[bytes] | None = None
        self._head = b""

    def head(self) -> bytes:
        """The first HEAD bytes."""
        return self._peeked()[0]

    def stream(self) -> IO[bytes]:
        """All of it, from the first byte."""
        head, rest = self._peeked()
        return cast(IO[bytes], io.BufferedReader(_Rejoined(head, rest)))

    def _peeked(self) -> tuple[bytes, IO[bytes]]:
        if self._rest is None:
            self._rest = self._open()
            self._head = self._rest.read(HEAD)
        return self._head, self._rest


class _Rejoined(io.RawIOBase):
    def __init__(self, head: bytes, rest: IO[bytes]) -> None:
        self._head = memoryview(head)
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data: memoryview | bytes = self._head[: len(buffer)]
        self._head = self._head[len(data) :]
        if not data:
            data = self._rest.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._rest.close()
        super().close()
