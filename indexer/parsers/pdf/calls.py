"""Calls of PDFium's functions: those there are most of, and those that give strings."""

from __future__ import annotations

import ctypes
from typing import Any

_USUAL = 512  # bytes
_LONGEST = 2**20


def unchecked(function: Any, result: Any = None) -> Any:
    """The function without the checks of the generic binding, which takes three times as long.

    Pointers must be given as pypdfium2's handles or by `byref`. Whatever else is no C int must be of its C type.
    """
    return ctypes.PYFUNCTYPE(result)(ctypes.cast(function, ctypes.c_void_p).value or 0)


def wide(function: Any, *arguments: Any) -> str:
    """The UTF-16 text of a function of which the last two parameters are a buffer and its length in bytes.

    Such functions all want to be asked for the length first.
    """
    size = _USUAL
    while True:
        buffer = (ctypes.c_ushort * (size // 2 + 1))()
        length = function(*arguments, ctypes.cast(buffer, function.argtypes[-2]), size)
        if length <= size or size == _LONGEST:
            length = min(length, size)
            return bytes(buffer)[: length - length % 2].decode("utf-16-le", errors="replace").rstrip("\0")
        size = min(length, _LONGEST)
