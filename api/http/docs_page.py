"""`/docs`: every operation of the OpenAPI document as a plain page, which loads nothing and runs no script."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

_JSON = "application/json"


def docs_page(document: Mapping[str, Any]) -> str:
    """The page; `document` is our own OpenAPI document."""
    parts = [
        '<!doctype html><html lang="en"><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{escape(document['info']['title'])}: API</title><h1>{escape(document['info']['title'])}: API</h1>",
        f"<p>{escape(document['info']['description'])}</p>",
        '<p>For programs: <a href="/openapi.json">/openapi.json</a>. Codes: <a href="/docs/errors">errors</a>.</p>',
        "<p>Where keys are asked for, send one as <code>Authorization: Bearer wk_...</code> or "
        "<code>X-API-Key: wk_...</code>.</p>",
    ]
    for tag in document["tags"]:
        parts.append(f"<h2>{escape(tag['name'].capitalize())}</h2><p>{escape(tag['description'])}</p>")
        parts += [_operation(document, *operation) for operation in _operations(document, tag["name"])]
    return "".join(parts) + "</html>"


def _operations(document: Mapping[str, Any], tag: str) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if tag in operation.get("tags", ()):
                yield method.upper(), path, operation


def _operation(document: Mapping[str, Any], method: str, path: str, operation: Mapping[str, Any]) -> str:
    name = escape(operation["operationId"])
    needed = {scope for way in operation["security"] for scopes in way.values() for scope in scopes}
    return (
        f'<h3 id="{name}"><a href="#{name}"><code>{method} {escape(path)}</code></a></h3>'
        f"<p>{escape(operation['summary'])}. {escape(operation.get('description', ''))}</p>"
        f"<p>Scope: {escape(', '.join(sorted(needed)) or 'none')}.</p>"
        f"{_parameters(operation)}{_body(document, operation)}"
    )


def _parameters(operation: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(entry['name'])}</code></td><td>{escape(entry['in'])}</td>"
        f"<td>{'required' if entry['required'] else ''}</td><td>{escape(entry.get('description', ''))}</td></tr>"
        for entry in operation.get("parameters", ())
    )
    return f"<table><tr><th>parameter<th>in<th><th>meaning</tr>{rows}</table>" if rows else ""


def _body(document: Mapping[str, Any], operation: Mapping[str, Any]) -> str:
    """The fields of the body, and its examples."""
    content = operation.get("requestBody", {}).get("content", {})
    if not content:
        return ""
    (kind, found), *_ = content.items()
    schema = document["components"]["schemas"][found["schema"]["$ref"].rpartition("/")[2]]
    rows = "".join(
        f"<tr><td><code>{escape(field)}</code></td><td>{'required' if field in schema.get('required', ()) else ''}</td>"
        f"<td>{escape(about.get('description', ''))}</td></tr>"
        for field, about in schema["properties"].items()
    )
    shown = "".join(
        f"<pre>{escape(json.dumps(example, indent=2, ensure_ascii=False))}</pre>"
        for example in (schema.get("examples", ()) if kind == _JSON else ())
    )
    return f"<p>Body: <code>{escape(kind)}</code></p><table><tr><th>field<th><th>meaning</tr>{rows}</table>{shown}"
