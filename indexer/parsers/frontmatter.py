"""Front matter: YAML between two lines of `---` at the top of a file, TOML between two of `+++`, or an object of JSON.

YAML's scalars are typed by Winnow's own rules, which are those of YAML 1.2's core schema
(https://yaml.org/spec/1.2.2/#103-core-schema) wherever nothing of the spelling is lost: `no` and `12:30` are texts, and
so are 007, 1.10 and 2_000, whose value as a number would be written in another way. A title is the scalar as written.
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml

from engine.metadata.values import composed
from engine.types import MetadataValue
from indexer.parsers.decoding import clean
from indexer.parsers.lead import lead_of
from indexer.parsers.metadata import language_code, left_out, typed_fields

# The closing line is looked for near the top only: a lone rule at the top of a book must not swallow its first chapter.
_YAML = re.compile(r"---[ \t]*\n(.{0,65536}?\n)??(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_TOML = re.compile(r"\s*+\+\+\+[ \t]*\n(.{0,65536}?\n)??\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL)
_JSON = re.compile(r"\{\s*+\"")
_AFTER_JSON = re.compile(r"[ \t]*(?:\n|\Z)")
_JSON_LENGTH = 65536
_FIELD = re.compile(r"[A-Za-z_][\w -]*:")
_INTEGER = re.compile(r"-?(?:0|[1-9]\d*)", re.ASCII)
_FRACTION = re.compile(r"-?(?:0|[1-9]\d*)?\.\d*[1-9]", re.ASCII)
_DIGITS = 400
_JEKYLL = frozenset(("layout", "permalink", "redirect_from", "nav_order"))
_CONSTANTS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


class _Plain(str):
    """A scalar without quotes, as written."""

    __slots__ = ()

    def value(self) -> Any:
        """The null, bool or number that it is; the text itself where it is none, or where a number would lose some."""
        text = str(self)
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if len(text) > _DIGITS:
            return text
        if _INTEGER.fullmatch(text) and text != "-0":
            return int(text)
        return float(text) if _FRACTION.fullmatch(text) else text


class _Loader(yaml.SafeLoader):
    """Leaves plain scalars as written, and knows no merge keys (`<<: *base`): merges of merges grow exponentially, and
    front matter has no use for them.
    """

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        node.value = [(key, value) for key, value in node.value if key.tag != "tag:yaml.org,2002:merge"]


_Loader.yaml_implicit_resolvers = {}


def _text(loader: _Loader, node: yaml.ScalarNode) -> str:
    return str(node.value) if node.style else _Plain(node.value)


_Loader.add_constructor("tag:yaml.org,2002:str", _text)


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The title, the metadata and the rest that a front matter gives.

    `title` and `language` are taken out of `metadata`; `id`, which Docusaurus has, is `page_id` there, since every
    document has an id of its own. `jekyll`: it has fields of Jekyll's, so that template tags in the page are no text.
    `lead`: what it says of the page's subject (lead.py), paragraphs to be searched with the text. `remarks`: which
    fields hold what metadata cannot.
    """

    title: str | None
    language: str | None
    metadata: dict[str, MetadataValue]
    jekyll: bool = False
    lead: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def split_front_matter(text: str) -> tuple[FrontMatter | None, str]:
    """Front matter and the rest of the text; (None, text) where there is none."""
    match = _YAML.match(text)
    if match is not None and _looks_like_fields(match[1] or ""):
        return _matter(_load(match[1] or "")), text[match.end() :]
    match = _TOML.match(text)
    toml = None if match is None else _toml(match[1] or "")
    if match is not None and toml is not None:
        return _matter(toml), text[match.end() :]
    fields, end = _json(text) if _JSON.match(text) else (None, 0)
    return (None, text) if fields is None else (_matter(fields), text[end:])


def _matter(fields: dict[Any, Any]) -> FrontMatter:
    jekyll = not _JEKYLL.isdisjoint(map(str, fields))
    title = _take(fields, "title")
    language = _take_language(fields)
    known = isinstance(title, str | int | float | date) and not isinstance(title, bool)
    null = isinstance(title, _Plain) and title.value() is None
    written = composed(clean(str(title)).strip()) if known and not null else None
    if (own := _take(fields, "id")) is not None:
        fields.setdefault("page_id", own)
    values = _values(fields)
    metadata = typed_fields(values)
    return FrontMatter(written or None, language, metadata, jekyll, lead_of(metadata), left_out(values))


def _take(fields: dict[Any, Any], name: str) -> Any:
    """The field's value, whose name may have capitals; it is then gone from `fields`."""
    spelled = _spelled(fields, name)
    return None if spelled is None else fields.pop(spelled)


def _take_language(fields: dict[Any, Any]) -> str | None:
    """The code that `lang` or `language` names; what is none ("english") stays a field like others."""
    named = {
        spelled: language_code(fields[spelled]) for name in ("lang", "language") if (spelled := _spelled(fields, name))
    }
    for spelled, code in named.items():
        if code is not None:
            del fields[spelled]
    return next(filter(None, named.values()), None)


def _spelled(fields: dict[Any, Any], name: str) -> str | None:
    return next((key for key in fields if isinstance(key, str) and key.lower() == name), None)


def _values(fields: dict[Any, Any]) -> dict[Any, Any]:
    """The fields with their plain scalars typed; in lists they stay as written."""
    return {name: value.value() if isinstance(value, _Plain) else value for name, value in fields.items()}


def _looks_like_fields(block: str) -> bool:
    """Text between two rules is not front matter; a block that is empty, or that has a line `name: ...`, is."""
    return not block.strip() or any(_FIELD.match(line) for line in block.split("\n"))


def _load(block: str) -> dict[Any, Any]:
    """The block's fields. Of broken YAML, the lines that can be read alone."""
    fields = _yaml(block)
    if isinstance(fields, dict):
        return fields
    fields = {}
    for line in block.split("\n"):
        field = _yaml(line) if _FIELD.match(line) else None
        if isinstance(field, dict):
            fields.update(field)
        elif _FIELD.match(line):  # as in `title: Filters: an overview`, which is no YAML but is meant well
            name, _, value = line.partition(":")
            fields[name.strip()] = _Plain(value.strip())
    return fields


def _yaml(source: str) -> Any:
    """The value, or None for what is no YAML. Its constructors raise more than YAMLError: an impossible date, say."""
    try:
        return yaml.load(source, _Loader)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, ValueError, TypeError, AttributeError, KeyError, RecursionError, OverflowError):
        return None


def _toml(source: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(source, parse_float=_Plain)
    except (tomllib.TOMLDecodeError, ValueError, RecursionError):
        return None


def _json(source: str) -> tuple[dict[str, Any] | None, int]:
    """The object at the top of a text and where it ends; None where there is none, or where it is all that there is of
    a file that names no title.
    """
    try:
        fields, end = json.JSONDecoder(parse_float=_Plain).raw_decode(source[:_JSON_LENGTH])
    except (ValueError, RecursionError):
        return None, 0
    after = _AFTER_JSON.match(source, end)
    whole = after is not None and bool(source[after.end() :].strip() or "title" in fields)
    return (fields, after.end()) if after is not None and whole else (None, 0)
