"""YAML front matter: the block between two lines of `---` at the top of a file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml

from engine.types import MetadataValue
from indexer.parsers.decoding import clean
from indexer.parsers.metadata import language_code, typed_fields

# The closing line is looked for near the top only: a lone rule at the top of a book must not swallow its first chapter.
_BLOCK = re.compile(r"---[ \t]*\n(.{0,65536}?\n)??(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FIELD = re.compile(r"[A-Za-z_][\w -]*:")


class _Loader(yaml.SafeLoader):
    """Without merge keys (`<<: *base`): merges of merges grow exponentially, and front matter has no use for them."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        node.value = [(key, value) for key, value in node.value if key.tag != "tag:yaml.org,2002:merge"]


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What the front matter says; `title` and `language` are taken out of `metadata`."""

    title: str | None
    language: str | None
    metadata: dict[str, MetadataValue]


def split_front_matter(text: str) -> tuple[FrontMatter | None, str]:
    """Front matter and the rest of the text; (None, text) where there is none."""
    match = _BLOCK.match(text)
    if match is None or not _looks_like_fields(match.group(1) or ""):
        return None, text
    fields = _load(match.group(1) or "")
    title = fields.pop("title", None)
    language = language_code(fields.pop("lang", None)) or language_code(fields.pop("language", None))
    title = clean(str(title)).strip() if isinstance(title, str | int | float | date) else None
    matter = FrontMatter(title or None, language, typed_fields(fields))
    return matter, text[match.end() :]


def _looks_like_fields(block: str) -> bool:
    """Text between two rules is not front matter; a block that is empty, or that has a line `name: ...`, is."""
    return not block.strip() or any(_FIELD.match(line) for line in block.splitlines())


def _load(block: str) -> dict[Any, Any]:
    """The block's fields. Of broken YAML, the lines that can be read alone."""
    fields = _yaml(block)
    if isinstance(fields, dict):
        return fields
    fields = {}
    for line in block.splitlines():
        field = _yaml(line) if _FIELD.match(line) else None
        if isinstance(field, dict):
            fields.update(field)
        elif _FIELD.match(line):  # as in `title: Filters: an overview`, which is no YAML but is meant well
            name, _, value = line.partition(":")
            fields[name.strip()] = value.strip()
    return fields


def _yaml(source: str) -> Any:
    """The value, or None for what is no YAML. Its constructors raise more than YAMLError: an impossible date, say."""
    try:
        return yaml.load(source, _Loader)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, ValueError, TypeError, AttributeError, KeyError, RecursionError, OverflowError):
        return None
