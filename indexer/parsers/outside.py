"""Parsers that other distributions name in the entry points `winnow.parsers`. A broken one is left out and logged."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from importlib.metadata import EntryPoint, entry_points

from indexer.parsers.base import Format, Parser

GROUP = "winnow.parsers"

_SUFFIX = re.compile(r"(?:\.[^\s./\\A-Z]+)+")
_log = logging.getLogger(__name__)


class _Unusable(Exception):
    """A plug-in that loads and yet is no parser; its text says why."""


def outside(known: Iterable[Format], old: Format) -> tuple[Parser, ...]:
    """Parsers that other distributions bring, in the order of their entry points' names.

    An entry point names a class without arguments, or a parser. Whatever is wrong with one is a warning that names it
    and its distribution: no command may fail because of what somebody installed beside Winnow.

    Args:
        known: formats that are read already; neither their names nor their suffixes may be taken.
        old: formats that are only refused; their suffixes may be taken, their name not.
    """
    taken, found = list(known), list[Parser]()
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value)):
        try:
            parser = _parser(entry, taken, old)
        except (Exception, SystemExit) as error:  # a foreign module may raise anything while it is imported
            why = str(error) if isinstance(error, _Unusable) else f"{type(error).__name__}: {error}"
            _log.warning("The parser plug-in %s is left out: %s. Repair or uninstall it.", _label(entry), why)
            continue
        taken.append(parser)
        found.append(parser)
    return tuple(found)


def _parser(entry: EntryPoint, taken: Iterable[Format], old: Format) -> Parser:
    """The parser that an entry point names; _Unusable, or whatever its module raises."""
    loaded = entry.load()
    parser: Parser = loaded() if isinstance(loaded, type) else loaded
    for name, fits, need in _NEEDS:
        if not fits(getattr(parser, name, None)):
            raise _Unusable(f"its `{name}` must be {need}")
    if parser.name in {other.name for other in (*taken, old)}:
        raise _Unusable(f"a format is already called {parser.name!r}")
    for other in taken:
        for suffix in parser.suffixes:
            if suffix.endswith(other.suffixes):
                raise _Unusable(f"{suffix} files are already read as {other.label}")
    return parser


def _label(entry: EntryPoint) -> str:
    """The name of an entry point, and of the distribution that brought it."""
    return f"{entry.name!r} ({entry.dist.name} {entry.dist.version})" if entry.dist else repr(entry.name)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _are_suffixes(value: object) -> bool:
    return isinstance(value, tuple) and bool(value) and all(isinstance(s, str) and _SUFFIX.fullmatch(s) for s in value)


_NEEDS: tuple[tuple[str, Callable[[object], bool], str], ...] = (
    ("name", _is_text, "a word"),
    ("label", _is_text, "a word"),
    ("version", _is_text, "a word"),
    ("suffixes", _are_suffixes, 'a tuple of lower-case suffixes, such as (".tale",)'),
    ("parse", callable, "a method"),
)
