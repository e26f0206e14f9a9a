"""`/docs`: every operation of the OpenAPI document for people, with what each parameter means and commands that run."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fastapi import Response

from api.page.rendering import page

_JSON = "application/json"
_KINDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "object",
}
# What stands in a command for what only an earlier answer can tell.
_PLACES = {"document": "leave-2026", "job": "$JOB", "handle": "$HANDLE", "model": "bundled", "collection": "default"}
_FILE = "rules.md"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a path, a query or a body; `name` of a part of a list has its list before it."""

    name: str
    place: str
    kind: str
    default: str
    required: bool
    meaning: str


@dataclass(frozen=True, slots=True)
class Command:
    """A command of curl but for the address of the service, which stands between both parts."""

    head: str
    tail: str


@dataclass(frozen=True, slots=True)
class Operation:
    name: str
    method: str
    path: str
    summary: str
    description: str
    scope: str
    parameters: tuple[Parameter, ...]
    body: str
    commands: tuple[Command, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The operations of a tag."""

    name: str
    description: str
    operations: tuple[Operation, ...]


def groups(document: Mapping[str, Any]) -> list[Group]:
    """All operations of our own OpenAPI document, by their tag."""
    return [
        Group(tag["name"], tag["description"], tuple(_operations(document, tag["name"]))) for tag in document["tags"]
    ]


def docs_page(found: Sequence[Group], about: str, base: str) -> Response:
    """The page; commands ask the service at `base`, where the page was asked for."""
    return page("docs.html", groups=found, about=about, base=base)


def errors_page(meanings: Sequence[tuple[str, int, str]]) -> Response:
    """Every code with its status and meaning."""
    return page("errors.html", meanings=meanings)


def _operations(document: Mapping[str, Any], tag: str) -> Iterator[Operation]:
    schemas = document["components"]["schemas"]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if tag not in operation.get("tags", ()):
                continue
            needed = {scope for way in operation["security"] for scopes in way.values() for scope in scopes}
            kind, body = _body(schemas, operation)
            fields = _fields(schemas, body) if body else ()
            yield Operation(
                name=operation["operationId"],
                method=method.upper(),
                path=path,
                summary=operation["summary"],
                description=" ".join(operation.get("description", "").split()),
                scope=", ".join(sorted(needed)),
                parameters=(*_parameters(schemas, operation), *fields),
                body=kind,
                commands=tuple(_commands(method.upper(), path, operation, kind, body)),
            )


def _parameters(schemas: Mapping[str, Any], operation: Mapping[str, Any]) -> Iterator[Parameter]:
    for entry in operation.get("parameters", ()):
        schema = entry["schema"]
        meaning = entry.get("description", "")
        yield Parameter(
            entry["name"], entry["in"], _kind(schemas, schema), _default(schema), entry["required"], meaning
        )


def _body(schemas: Mapping[str, Any], operation: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """The media type of the body and its schema; nothing where there is none."""
    for kind, found in operation.get("requestBody", {}).get("content", {}).items():
        return kind, _resolved(schemas, found["schema"])
    return "", {}


def _fields(schemas: Mapping[str, Any], schema: Mapping[str, Any], before: str = "") -> Iterator[Parameter]:
    """The fields of a body, each with the fields of the objects that it lists."""
    for name, about in schema.get("properties", {}).items():
        required = name in schema.get("required", ())
        told = about.get("description", "")
        yield Parameter(before + name, "body", _kind(schemas, about), _default(about), required, told)
        for one in _choices(about):
            inner = _resolved(schemas, one.get("items", {}))
            if inner.get("properties") and not before:
                yield from _fields(schemas, inner, f"{name}[].")


def _kind(schemas: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """The type of a value in words, with its bounds."""
    kinds = dict.fromkeys(_one_kind(schemas, _resolved(schemas, one)) for one in _choices(schema))
    return " or ".join(kinds)


def _one_kind(schemas: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    if "enum" in schema or "const" in schema:
        return " or ".join(f"`{json.dumps(value)}`" for value in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {_kind(schemas, schema['items'])}{_bounds(schema)}"
    if schema.get("format") == "binary" or "contentMediaType" in schema:
        return "file"
    return _KINDS.get(schema.get("type", "object"), "object") + _bounds(schema)


def _bounds(schema: Mapping[str, Any]) -> str:
    """How small and how great, how short and how long: ", 1 to 10", ", at most 512 characters"."""
    if "maximum" in schema:
        most = f"{schema['maximum']:,g}"
        return f", {schema['minimum']:g} to {most}" if "minimum" in schema else f", at most {most}"
    for name, unit in (("maxLength", "characters"), ("maxItems", "items")):
        if name in schema:
            return f", at most {schema[name]:,} {unit}"
    return f", from {schema['minimum']:g}" if "minimum" in schema else ""


def _choices(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The schemas that a value may have but null, which is as leaving it out."""
    found = schema.get("anyOf") or schema.get("oneOf") or [schema]
    return [one for one in found if one.get("type") != "null"]


def _resolved(schemas: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    return found


def _default(schema: Mapping[str, Any]) -> str:
    value = schema.get("default")
    return "" if value is None or value in ("", []) else json.dumps(value)


def _commands(
    method: str, path: str, operation: Mapping[str, Any], kind: str, body: Mapping[str, Any]
) -> Iterator[Command]:
    """One command for each example of the body; one for an operation without a body."""
    filled = "/".join(_PLACES.get(part[1:-1], part) if part.startswith("{") else part for part in path.split("/"))
    head = "curl -s " if method in ("GET", "POST") else f"curl -s -X {method} "
    if kind == _JSON:
        for example in body.get("examples", ()):
            sent = json.dumps(example, ensure_ascii=False)
            sent = sent.replace("'", "\\u0027")  # in JSON it is the same, and a shell takes it
            sent = sent.replace('"cmFuZG9tIGhhbmRsZQ"', "\"'$HANDLE'\"")
            yield Command(head, f"{filled} \\\n  -H 'content-type: application/json' -d '{sent}'")
        return
    if kind:
        asked = f" -F {shlex.quote('query=how do I cancel the contract')}" if "query" in body["properties"] else ""
        file = "files" if "files" in body["properties"] else "file"
        yield Command(head, f"{filled} \\\n  -F {file}=@{_FILE}{asked}")
        return
    pairs = [
        f"{entry['name']}={quote(str(example))}"
        for entry in operation.get("parameters", ())
        for example in (entry.get("examples") or entry["schema"].get("examples") or [])[:1]
        if entry["in"] == "query"
    ]
    head = f"{head}-X POST " if method == "POST" else head
    yield Command(f"{head}'", f"{filled}?{'&'.join(pairs)}'") if pairs else Command(head, filled)
