"""Content packed with brotli, unpacked a piece at a time: a few bytes may stand for gigabytes."""

from __future__ import annotations

import io
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from engine.extras import needs

_PIECE = 64 * 1024  # bytes at once, packed or unpacked


def is_available() -> bool:
    return find_spec("brotli") is not None


class Brotlied(io.RawIOBase):
    """The content of a stream of packed bytes; `read` gives up to `size` packed ones, b"" at their end.

    Reading it raises ValueError where it is damaged or cut off.
    """

    def __init__(self, read: Callable[[int], bytes]) -> None:
        with needs("web-archive", "Content packed with brotli"):
            import brotli
        self._read_packed = read
        self._unpacker: Any = brotli.Decompressor()
        self._error = brotli.error
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._left and not self._unpacker.is_finished():
            self._left = self._next()
        count = min(len(buffer), len(self._left))
        buffer[:count], self._left = self._left[:count], self._left[count:]
        return count

    def _next(self) -> bytes:
        packed = b""
        if self._unpacker.can_accept_more_data() and not (packed := self._read_packed(_PIECE)):
            raise ValueError("content packed with brotli is cut off")
        try:
            unpacked: bytes = self._unpacker.process(packed, output_buffer_limit=_PIECE)
        except self._error as error:
            raise ValueError("content is not packed with brotli as it says") from error
        return unpacked
