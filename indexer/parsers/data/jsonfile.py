"""JSON: a line `path: value` for each value that tells something, a paragraph for each object of a list, and for one
that follows another.

The scanner is tolerant and keeps a stack of its own: comments, trailing commas, several values after each other, files
that end too early and nesting of any depth are read. Every value has the line on which it stands.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain, groupby, islice
from pathlib import PurePath

from indexer.parsers.base import Parsed
from indexer.parsers.builder import LINE, PARAGRAPH
from indexer.parsers.data.encoded import is_encoded
from indexer.parsers.decoding import clean, decode_lines
from indexer.parsers.lined import LinedBuilder
from indexer.parsers.lines.listing import read_listing

_TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*+|/\*(?s:.*?)(?:\*/|\Z)|\#[^\n]*+)
      | (?P<string>"(?:[^"\\\n]|\\.)*+(?:"|$)|'(?:[^'\\\n]|\\.)*+(?:'|$))
      | (?P<mark>[{}\[\],:])
      | (?P<word>[^\s{}\[\],:"'/\#]++|["'/\#])""",
    re.VERBOSE | re.MULTILINE,
)
_BEGINS = re.compile(r"\s*(?:[\[{]|//|/\*)")
_SHOWN = 6  # keys of a path, the last ones
_TITLES = ("title", "name")
_NOTHING = ("null", "undefined", '"', "'", "/", "#")
_NUMBER = re.compile(r"[-+]?\.?\d[\w.+-]*")
_MOST_NUMBERS = 32  # in a list, beyond which it is an outline, a signal or an embedding, and nothing to read
_LEAST_MAPPINGS = 400  # code points of what a source map calls so: numbers in letters


@dataclass(slots=True)
class _Frame:
    """An object or a list that we are in; `key` is where the next value of an object goes. `fresh`: what it was when
    this began (see _values). `filled`: it holds values.
    """

    is_list: bool
    path: tuple[str, ...]
    key: str | None = None
    fresh: bool = False
    filled: bool = False

    def inner(self) -> tuple[str, ...]:
        return self.path if self.key is None else (*self.path, self.key)[-_SHOWN:]


@dataclass(frozen=True, slots=True)
class _Value:
    """A value that is neither object nor list. `opens`: it is the first in an object of a list, in one that follows
    another, or after one in a list; `row`: it is the first in a list of a list.
    """

    line: int
    path: tuple[str, ...]
    depth: int
    text: str
    in_list: bool
    opens: bool
    row: bool
    number: bool


class JsonParser:
    name = "json"
    label = "JSON"
    version = "2"
    suffixes = (".json", ".geojson", ".topojson", ".json5", ".jsonc", ".webmanifest", ".js.map", ".css.map")

    def parse(self, data: bytes, *, name: str) -> Parsed:
        remarks: list[str] = []
        text = "\n".join(decode_lines(data, remarks=remarks))
        if not _BEGINS.match(text):
            return replace(read_listing(data, name, lambda lines: ()), title=PurePath(name).stem)
        builder = LinedBuilder()
        told = _Told()
        titles: dict[str, str] = {}
        last: _Value | None = None
        for value in told.values(_values(text)):
            if value.depth == 1 and value.path and value.path[0] in _TITLES and "\n" not in value.text:
                titles.setdefault(value.path[0], value.text)
            _write(builder, value, last)
            last = value
        title = next((titles[name] for name in _TITLES if name in titles), None)
        return builder.parsed(title, name=name, remarks=[*remarks, *told.remarks()])


class _Runs:
    """The key of a value for `groupby`: that of its list for a number in one, 0 for any other."""

    def __init__(self) -> None:
        self._run = 0
        self._path: tuple[str, ...] | None = None

    def __call__(self, value: _Value) -> int:
        if not (value.number and value.in_list):
            self._path = None
            return 0
        if value.opens or value.path != self._path:
            self._run += 1
            self._path = value.path
        return self._run


class _Told:
    """Leaves out what holds no words, and counts it."""

    def __init__(self) -> None:
        self._encoded = 0
        self._lists = 0

    def values(self, values: Iterable[_Value]) -> Iterator[_Value]:
        """The values less encoded ones and long lists of numbers, with lists in them; what opened something with a
        value that is left out does so with the next one.
        """
        opened = False
        for numbers, group in groupby(values, key=_Runs()):
            begun = list(islice(group, _MOST_NUMBERS + 1 if numbers else 0))
            if len(begun) > _MOST_NUMBERS:
                self._lists += 1
                opened = opened or begun[0].opens
                continue
            for value in chain(begun, group):
                if is_encoded(value.text) or _is_mapping(value):
                    self._encoded += 1
                    opened = opened or value.opens
                else:
                    yield replace(value, opens=value.opens or opened)
                    opened = False

    def remarks(self) -> Iterator[str]:
        if self._encoded:
            yield f"{self._encoded} values are encoded data, not text, and were left out."
        if self._lists:
            yield f"{self._lists} lists of more than {_MOST_NUMBERS} numbers were left out: they hold no words."


def _is_mapping(value: _Value) -> bool:
    """Whether a value is what tells a debugger which column of a packed program stands where in its source."""
    return value.path[-1:] == ("mappings",) and len(value.text) >= _LEAST_MAPPINGS and " " not in value.text


def _write(builder: LinedBuilder, value: _Value, last: _Value | None) -> None:
    builder.locate("line", str(value.line))
    goes_on = last is not None and value.in_list and last.in_list and value.path == last.path and not value.opens
    if last is not None and goes_on and (not value.row or (value.number and last.number)):
        builder.add(value.text, ", ")
    else:
        label = f"{'.'.join(value.path)}: " if value.path else ""
        builder.add(f"{label}{value.text}", PARAGRAPH if value.opens else LINE)


def _values(text: str) -> Iterator[_Value]:
    frames = [_Frame(True, ())]
    held: str | None = None  # a string or a word: a key, if a colon follows
    line, counted, held_line = 1, 0, 1
    fresh = row = closed = held_number = False

    def value() -> _Value:
        frame = frames[-1]
        frame.filled = True
        return _Value(held_line, frame.inner(), len(frames) - 1, held or "", frame.is_list, fresh, row, held_number)

    for token in _TOKEN.finditer(text):
        line += text.count("\n", counted, token.start())
        counted = token.start()
        if token["comment"] is not None:
            continue
        mark = token["mark"]
        if mark == ":" and held is not None and not frames[-1].is_list:
            frames[-1].key, held = held, None
            continue
        if held:
            yield value()
            fresh = row = closed = False
        held = None
        if mark is None:
            held, held_line = _read(token), line
            held_number = token["word"] is not None and _NUMBER.fullmatch(held) is not None
        elif mark in "{[":
            frames.append(_Frame(mark == "[", frames[-1].inner(), fresh=fresh))
            if mark == "{":
                fresh = fresh or closed or frames[-2].is_list
            else:
                row = frames[-2].is_list
        elif mark in "}]" and len(frames) > 1:
            inner = frames.pop()
            frames[-1].filled |= inner.filled
            if not inner.is_list:
                closed = closed or inner.filled
                fresh = (fresh or frames[-1].is_list) if inner.filled else inner.fresh
        if mark is not None and mark in ",}]":
            frames[-1].key = None
    if held:
        yield value()


def _read(token: re.Match[str]) -> str:
    """The words of a string, or of a scalar that says something, without what trails its lines."""
    if token["word"] is not None:
        return "" if token["word"] in _NOTHING else token["word"]
    inside = token[0][1:].removesuffix(token[0][0])
    if "\\" not in inside:
        return inside.strip()
    with suppress(ValueError):  # in single quotes, or broken
        inside = str(json.loads(f'"{inside}"'))
    return "\n".join(line.rstrip() for line in clean(inside).split("\n")).strip()
