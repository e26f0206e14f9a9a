"""Rules for names of the store, and for numbers that come out of its files.

A manifest, a backup and a catalogue are read from a disk, and a backup may come from a stranger. What one of them names
is checked here before it becomes a path, so that no file outside of the collection is ever read or written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from engine.errors import StoreDamaged, UsageError, WinnowError

_SEGMENT = r"[0-9]{9,19}-[0-9a-f]{8}"
COLLECTION = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")  # a collection's name
UUID = re.compile(r"[0-9a-f]{32}")
SEGMENT = re.compile(_SEGMENT)
TOMBSTONES = re.compile(_SEGMENT + r"\.[0-9]{1,19}\.npz")
VECTOR_SET = re.compile(_SEGMENT + r"\.[0-9a-f]{8}")
ANY_VECTOR_SET = re.compile(_SEGMENT + r"\.([0-9a-f]{8}|[0-9a-f]{16}\.partial)")  # whole, or in the making
SHA256 = re.compile(r"[0-9a-f]{64}")
BACKUP = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_FOLDERS = {
    "segments": (SEGMENT, 3),
    "vectors": (VECTOR_SET, 3),
    "tombstones": (TOMBSTONES, 2),
}  # name, parts of a path
_PLAIN = re.compile(r"\.?[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")  # tantivy has a .managed.json

MOST_GENERATIONS = 2**31 - 1  # what the catalogue's column holds in every database
_MOST_BYTES = 2**50
_DEEPEST = 3  # folders below a segment's own, at most: lexical/forward/terms.utf8 has two


def check(pattern: re.Pattern[str], name: object, what: str) -> str:
    """The name itself. StoreDamaged unless it is a text of that form."""
    if not isinstance(name, str) or not pattern.fullmatch(name):
        raise StoreDamaged(f"{_shown(name)} is not a name of {what}.", REMEDY)
    return name


def check_file(path: object, what: str = "a file beside a list of checksums") -> str:
    """A relative path of plain names, none of which leads upwards. StoreDamaged."""
    parts = path.split("/") if isinstance(path, str) else []
    if not 1 <= len(parts) <= _DEEPEST or not all(_PLAIN.fullmatch(part) for part in parts):
        raise StoreDamaged(f"{_shown(path)} is not a path of {what}.", REMEDY)
    return "/".join(parts)


def check_stored(path: object) -> str:
    """A file of a collection as its backup names it, relative to the collection's directory. StoreDamaged."""
    parts = path.split("/", 2) if isinstance(path, str) else []
    pattern, length = _FOLDERS.get(parts[0] if parts else "", (None, 0))
    if pattern is None or len(parts) != length or not pattern.fullmatch(parts[1]):
        raise StoreDamaged(f"{_shown(path)} lies outside of its collection, or is not one of its files.", REMEDY)
    if length > 2:
        check_file(parts[2], "a file of a collection")
    return "/".join(parts)


def whole_number(value: object, what: str, least: int = 0, most: int = _MOST_BYTES) -> int:
    """The number itself. StoreDamaged unless it is a whole one within these bounds."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise StoreDamaged(f"{_shown(value)} cannot be {what}.", REMEDY)
    return value


def generation_number(value: object) -> int:
    return whole_number(value, "the number of a generation", 1, MOST_GENERATIONS)


def text(value: object, what: str) -> str:
    """The text itself. StoreDamaged if it is anything else."""
    if not isinstance(value, str):
        raise StoreDamaged(f"{_shown(value)} cannot be {what}.", REMEDY)
    return value


def mapping(value: object, what: str, of: Callable[[Any], object] = lambda value: value) -> dict[str, Any]:
    """A JSON object whose members `of` accepts. StoreDamaged if it is anything else."""
    if not isinstance(value, Mapping):
        raise StoreDamaged(f"{_shown(value)} cannot be {what}.", REMEDY)
    return {str(name): of(member) for name, member in value.items()}


@contextmanager
def typed(origin: object, what: str, remedy: str = "") -> Iterator[None]:
    """Raise StoreDamaged, naming the file, in place of whatever is raised where data of another shape are read.

    Newer formats and other typed errors than wrong values pass.
    """
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError, UsageError) as error:
        message = _short(error.message if isinstance(error, WinnowError) else repr(error))
        raise StoreDamaged(f"{origin} is not {what}: {message}", remedy or REMEDY) from error
    except StoreDamaged as error:
        raise StoreDamaged(f"{origin} is not {what}: {_short(error.message)}", remedy or error.remedy) from error


def _shown(value: object) -> str:
    return _short(repr(value), 80)


def _short(text: str, most: int = 300) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}..."


REMEDY = "Restore it from a backup."
