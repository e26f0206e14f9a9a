"""Jupyter notebooks: Markdown cells as Markdown, code cells as they are, what they printed below them.

The place of a cell is its anchor in JupyterLab (`#cell-id=...`), else that of the heading above it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from indexer.parsers.base import Parsed
from indexer.parsers.builder import TextBuilder
from indexer.parsers.data.jsonfile import JsonParser
from indexer.parsers.decoding import clean, decode
from indexer.parsers.htmltext import add_html, parse_tree
from indexer.parsers.markdown import MarkdownParser

# What stands for an object that is shown as an image: <Figure size 640x480 with 1 Axes>, <PIL.Image at 0x10f>.
_OBJECT = re.compile(r"<[\w.]+[^<>\n]*(?: at 0x[0-9a-fA-F]+| with \d+ Axes)>")
_NO_NOTEBOOK = "It is not a whole notebook; it was read as JSON."


class NotebookParser:
    name = "notebook"
    label = "Jupyter notebooks"
    version = "4"
    suffixes = (".ipynb",)

    def parse(self, data: bytes, *, name: str) -> Parsed:
        remarks: list[str] = []
        try:
            cells = list(_cells(json.loads(decode(data, remarks=remarks))))
        except (ValueError, RecursionError, TypeError, AttributeError):
            parsed = JsonParser().parse(data, name=name)
            return replace(parsed, remarks=(*parsed.remarks, _NO_NOTEBOOK))
        builder = TextBuilder()
        for cell in cells:
            identifier = cell.get("id")
            if isinstance(identifier, str) and identifier.strip():
                builder.locate("anchor", f"cell-id={clean(identifier).strip()}")
            _add_cell(builder, cell)
        title = builder.first_heading() or builder.opening()
        return builder.parsed(title, name=name, remarks=remarks)


def _cells(notebook: Any) -> Iterator[Mapping[str, Any]]:
    """The cells of a notebook of any version. TypeError, AttributeError or ValueError if it is none."""
    cells = notebook.get("cells")
    if cells is None:  # up to version 3
        cells = [cell for sheet in notebook.get("worksheets", ()) for cell in sheet.get("cells", ())]
    if not isinstance(cells, list):
        raise TypeError
    return (cell for cell in cells if isinstance(cell, dict))


def _add_cell(builder: TextBuilder, cell: Mapping[str, Any]) -> None:
    source = _text(cell.get("source", cell.get("input")))
    match cell.get("cell_type"):
        case "markdown":
            _add_markdown(builder, source, anchored="id" in cell)
        case "heading":
            level = cell.get("level")
            builder.heading(min(max(level, 1), 6) if isinstance(level, int) else 1, source)
        case _:
            builder.add(source)
    outputs = cell.get("outputs")
    for output in outputs if isinstance(outputs, list) else ():
        if isinstance(output, dict):
            _add_output(builder, output)


def _add_markdown(builder: TextBuilder, source: str, *, anchored: bool) -> None:
    parsed = MarkdownParser().parse(source.encode(), name="")
    done = 0
    for heading in parsed.headings:
        builder.add(parsed.text[done : heading.start].strip("\n"))
        if not anchored:
            builder.locate("anchor", heading.text.replace(" ", "-"))
        builder.heading(heading.level, heading.text)
        done = heading.start + len(heading.text)
    builder.add(parsed.text[done:].strip("\n"))


def _add_output(builder: TextBuilder, output: Mapping[str, Any]) -> None:
    """Add what an output shows as text: a table or a formatted text if there is one, else the plain text; what went wrong."""
    shown = output.get("data", output)
    data = shown if isinstance(shown, dict) else {}
    page = _text(data.get("text/html", data.get("html")))
    if "<table" in page and (tree := parse_tree(page)) is not None:
        add_html(builder, tree)
    elif markdown := _text(data.get("text/markdown")):
        _add_markdown(builder, markdown, anchored=True)
    elif not _OBJECT.fullmatch(printed := _text(data.get("text/plain", data.get("text")))):
        builder.add(printed)
    if output.get("ename"):
        builder.add(f"{_text(output['ename'])}: {_text(output.get('evalue'))}")


def _text(value: Any) -> str:
    """A text, or the lines of one, without white space after its lines. Old versions leave out the breaks."""
    if isinstance(value, list):
        parts = [part for part in value if isinstance(part, str)]
        value = ("" if any(part.endswith("\n") for part in parts) else "\n").join(parts)
    text = clean(value) if isinstance(value, str) else ""
    return "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")
