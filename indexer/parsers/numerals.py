"""Numbers of list items as they are printed: figures, letters, Roman numerals."""

from __future__ import annotations

from typing import Literal

Style = Literal["decimal", "letter", "roman"]

_LARGEST = 3999  # beyond it a number is written in figures
_ROMAN = list(
    zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        ("m", "cm", "d", "cd", "c", "xc", "l", "xl", "x", "ix", "v", "iv", "i"),
        strict=True,
    )
)


def numeral(number: int, style: Style) -> str:
    """The number, in lower case: 28 is "28", "bb" or "xxviii"."""
    if style == "decimal" or not 0 < number <= _LARGEST:
        return str(number)
    if style == "letter":
        return chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
    parts = []
    for value, letters in _ROMAN:
        parts.append(letters * (number // value))
        number %= value
    return "".join(parts)
