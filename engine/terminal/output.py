"""Output of commands: JSON that is always valid UTF-8, text that fits a terminal and cannot steer it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def print_json(value: Any) -> None:
    """One JSON object on one line. Lone surrogates, which a path or an argument may hold, become JSON escapes."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    print(text.encode("utf-8", errors="backslashreplace").decode("utf-8"))


def count(number: int, noun: str, plural: str | None = None) -> str:
    """`1 document`, `1,200 documents`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def printable(text: str) -> str:
    """`text` with U+FFFD for what a terminal would obey instead of show (a file's name may hold an escape sequence)."""
    return _CONTROLS.sub("\ufffd", text)


def printable_text(text: str) -> str:
    """The same for text of several lines, which keeps its line breaks and tabs."""
    return _STEERING.sub("\ufffd", text)


def print_indented(out: Console, text: Text, indent: int, label: str = "") -> None:
    """`text` after `label`, wrapped between words to a terminal's width; on one line where a program reads."""
    from rich.text import Text  # here, since a command that prints JSON needs none of it

    lines = text.wrap(out, max(out.width - indent, 20)) if out.is_terminal else [text]
    for number, line in enumerate(lines):
        line.rstrip()
        out.print(Text((label if number == 0 else "").ljust(indent)) + line, soft_wrap=True)
