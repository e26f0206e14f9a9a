"""Settings files: lines as they are; a table of TOML and INI, or a key of YAML with a block below, begins a section."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from indexer.parsers.base import Parsed
from indexer.parsers.lines.listing import Section, read_listing

_TABLE = re.compile(r"\s*\[{1,2}[ \t]*([^\[\]]{1,200}?)[ \t]*\]{1,2}\s*(?:[#;].*)?$")
# Of nginx and Apache: `location /x {`, `<Directory /srv>`.
_BLOCK = re.compile(
    r"([ \t]*)(?:<([A-Za-z]\w*(?:[ \t][^<>]{0,200})?)>"
    r"|((?!(?:if|else)\b|(?!location\b)[\w.-]+[ \t]*[=:])[A-Za-z_][^;{}#]{0,200}?)[ \t]*\{)[ \t]*(?:#.*)?$"
)
_RULE = r"[-=#*]{3,}"
_BANNER = re.compile(rf"[#;][ \t]*{_RULE}[ \t]+(\S.{{0,100}}?)[ \t]+{_RULE}[ \t]*$")
_LINE = re.compile(rf"[#;][ \t]*{_RULE}[ \t]*$")
_UNDER_LINE = re.compile(r"[#;]+[ \t]*(\w.{0,100}?)[ \t]*[#;]*$")
_KEY = re.compile(r"( *)(?:- +)?([\w\"'/{}<>.*$][^#:\n]{0,200}?)[ \t]*:[ \t]*(?:[&!][^\s]+[ \t]*)*(?:#.*)?$")
_NAME = re.compile(r"( *)- +(?:title|name|id|job_name)[ \t]*:[ \t]+[\"']?([^\"'\n]{1,200}?)[\"']?[ \t]*$")
_SCALAR = re.compile(r"( *)(?:- +)?[^#\n]*?:[ \t]+[|>][-+\d]*[ \t]*(?:#.*)?$|( *)- +[|>][-+\d]*[ \t]*$")
_COMMENT = ("#", ";", "!")
_DEEPEST = 4  # keys in keys
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})")


class YamlParser:
    name = "yaml"
    label = "YAML"
    version = "1"
    suffixes = (".yaml", ".yml")

    def parse(self, data: bytes, *, name: str) -> Parsed:
        return read_listing(data, name, _keys)


class SettingsParser:
    name = "settings"
    label = "TOML, INI"
    version = "2"
    suffixes = tuple(
        """.toml .ini .cfg .conf .cnf .desktop .editorconfig .reg .env
        .service .timer .socket .target .mount .automount .slice .network .netdev .container""".split()  # noqa: SIM905
    )

    def parse(self, data: bytes, *, name: str) -> Parsed:
        return read_listing(data, name, _blocks if name.lower().endswith(".conf") else _tables)


class PropertiesParser:
    name = "properties"
    label = "properties files"
    version = "1"
    suffixes = (".properties",)

    def parse(self, data: bytes, *, name: str) -> Parsed:
        return read_listing(data, name, lambda lines: (), _unescaped)


def _unescaped(line: str) -> str:
    """Java writes letters beyond Latin-1 as escapes; a surrogate or a control character stays one."""

    def letter(found: re.Match[str]) -> str:
        character = chr(int(found[1], 16))
        return character if character.isprintable() else found[0]

    return _ESCAPE.sub(letter, line)


def _tables(lines: Sequence[str]) -> Iterator[Section]:
    free = 0
    for index, line in enumerate(lines):
        if found := _TABLE.match(line):
            yield _first_above(lines, index, free), 1, " ".join(found[1].split())
            free = index + 1


def _blocks(lines: Sequence[str]) -> Iterator[Section]:
    """Tables, banners in comments, and blocks in braces or tags, which may hold others."""
    above: list[int] = []  # indents of the blocks that we are inside of
    free = 0
    for index, line in enumerate(lines):
        start = index
        if found := _TABLE.match(line) or _BANNER.match(line):
            above, level, name = [], 1, found[1]
        elif (found := _UNDER_LINE.match(line)) and _is_between(lines, index, free):
            above, level, name, start = [], 1, found[1], index - 1
        elif found := _BLOCK.match(line):
            indent = len(found[1].expandtabs(4))
            while above and above[-1] >= indent:
                above.pop()
            above.append(indent)
            level, name = len(above), found[2] or found[3]
        else:
            continue
        if level <= _DEEPEST:
            yield _first_above(lines, start, free), level, " ".join(name.split())
            free = index + 1


def _is_between(lines: Sequence[str], index: int, free: int) -> bool:
    """Whether a line stands alone between two that are drawn."""
    around = lines[index - 1 : index + 2] if index > free else ()
    return len(around) == 3 and _LINE.match(around[0]) is not None and _LINE.match(around[2]) is not None


def _keys(lines: Sequence[str]) -> Iterator[Section]:
    """Keys of the first levels that have a block below, and entries of lists that begin with their name."""
    above: list[int] = []  # indents of the keys that we are inside of
    free, scalar = 0, -1
    for index, line in enumerate(lines):
        indent = len(line) - len(line.lstrip(" "))
        if not line.strip() or 0 <= scalar < indent:
            continue
        scalar = indent if _SCALAR.match(line) else -1
        found = _NAME.match(line) or (_KEY.match(line) if _holds_block(lines, index, indent) else None)
        if found is None:
            continue
        indent += line[indent : indent + 2] == "- "  # the list of a key need not be indented
        while above and above[-1] >= indent:
            above.pop()
        above.append(indent)
        if len(above) <= _DEEPEST:
            yield _first_above(lines, index, free), len(above), " ".join(found[2].strip("\"'").split())
            free = index + 1


def _holds_block(lines: Sequence[str], index: int, indent: int) -> bool:
    """Whether what follows a key is indented, or a list, which need not be."""
    below = lines[index + 1] if index + 1 < len(lines) else ""
    deeper = len(below) - len(below.lstrip(" ")) > indent
    return bool(below.strip()) and (deeper or below.lstrip(" ").startswith("- ")) and ":" in lines[index]


def _first_above(lines: Sequence[str], index: int, free: int) -> int:
    while index > free and lines[index - 1].lstrip().startswith(_COMMENT):
        index -= 1
    return index
