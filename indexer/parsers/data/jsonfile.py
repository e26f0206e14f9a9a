"""JSON: a line `path: value` for each value that tells something, a paragraph for each object of a list.

The scanner is tolerant and keeps a stack of its own: comments, trailing commas, several values after each other, files
that end too early and nesting of any depth are read. Every value has the line on which it stands.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
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


@dataclass(slots=True)
class _Frame:
    """An object or a list that we are in; `key` is where the next value of an object goes."""

    is_list: bool
    path: tuple[str, ...]
    key: str | None = None

    def inner(self) -> tuple[str, ...]:
        return self.path if self.key is None else (*self.path, self.key)[-_SHOWN:]


@dataclass(frozen=True, slots=True)
class _Value:
    """A value that is neither object nor list. `opens`: it is the first in an object of a list, or after one."""

    line: int
    path: tuple[str, ...]
    depth: int
    text: str
    in_list: bool
    opens: bool


class JsonParser:
    name = "json"
    label = "JSON"
    version = "1"
    suffixes = (".json", ".geojson", ".topojson", ".json5", ".jsonc", ".webmanifest")

    def parse(self, data: bytes, *, name: str) -> Parsed:
        remarks: list[str] = []
        text = "\n".join(decode_lines(data, remarks=remarks))
        if not _BEGINS.match(text):
            return replace(read_listing(data, name, lambda lines: ()), title=PurePath(name).stem)
        builder = LinedBuilder()
        titles: dict[str, str] = {}
        last: _Value | None = None
        encoded = 0
        for value in _values(text):
            if is_encoded(value.text):
                encoded += 1
                continue
            if value.depth == 1 and value.path and value.path[0] in _TITLES and "\n" not in value.text:
                titles.setdefault(value.path[0], value.text)
            _write(builder, value, last)
            last = value
        remarks += [f"{encoded} values are encoded data, not text, and were left out."] if encoded else []
        title = next((titles[name] for name in _TITLES if name in titles), None)
        return builder.parsed(title, name=name, remarks=remarks)


def _write(builder: LinedBuilder, value: _Value, last: _Value | None) -> None:
    builder.locate("line", str(value.line))
    if last is not None and value.in_list and last.in_list and value.path == last.path and not value.opens:
        builder.add(value.text, ", ")
    else:
        label = f"{'.'.join(value.path)}: " if value.path else ""
        builder.add(f"{label}{value.text}", PARAGRAPH if value.opens else LINE)


def _values(text: str) -> Iterator[_Value]:
    frames = [_Frame(True, ())]
    held: str | None = None  # a string or a word: a key, if a colon follows
    line, counted, held_line = 1, 0, 1
    fresh = False
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
            yield _Value(held_line, frames[-1].inner(), len(frames) - 1, held, frames[-1].is_list, fresh)
            fresh = False
        held = None
        if mark is None:
            held, held_line = _read(token), line
        elif mark in "{[":
            fresh = fresh or (mark == "{" and frames[-1].is_list)
            frames.append(_Frame(mark == "[", frames[-1].inner()))
        elif mark in "}]" and len(frames) > 1:
            closed = frames.pop()
            fresh = fresh or (frames[-1].is_list and not closed.is_list)
        if mark is not None and mark in ",}]":
            frames[-1].key = None
    if held:
        yield _Value(held_line, frames[-1].inner(), len(frames) - 1, held, frames[-1].is_list, fresh)


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
