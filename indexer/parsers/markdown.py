"""Markdown (CommonMark with tables), with YAML front matter and the tags of Jekyll sites."""

from __future__ import annotations

import re
import sys
from pathlib import PurePath

from markdown_it import MarkdownIt

from engine.errors import ParseFailed
from indexer.parsers.base import Parsed
from indexer.parsers.builder import TextBuilder
from indexer.parsers.decoding import clean, decode
from indexer.parsers.frontmatter import split_front_matter
from indexer.parsers.htmltext import add_html, parse_tree
from indexer.parsers.liquid import strip_liquid

_KRAMDOWN = re.compile(r"^[ \t]*\{:[^{}\n]*\}[ \t]*$|(?<![ \t])[ \t]*+\{(?::[^{}\n]*|#[\w-]+)\}[ \t]*$", re.MULTILINE)
_DELIMITER_ROW = re.compile(r"^[ \t>|:-]+$", re.MULTILINE)  # of a table, below its header
_MADE_UP_CELLS = 10_000


class MarkdownParser:
    name = "markdown"
    version = "2"
    suffixes = (".md", ".markdown")

    def parse(self, data: bytes, *, name: str) -> Parsed:
        matter, body = split_front_matter(decode(data))
        if matter is not None:  # a Jekyll page: kramdown's attribute lists are no text either
            body = _KRAMDOWN.sub("", strip_liquid(body))
        builder = _render(body)
        title = (matter.title if matter else None) or builder.first_heading() or PurePath(name).stem
        return Parsed(
            title=title,
            text=builder.text,
            headings=builder.headings,
            language=matter.language if matter else None,
            metadata=matter.metadata if matter else {},
        )


def _render(body: str) -> TextBuilder:
    # The default limit of 20 drops what lies deeper without a word. Without one, Python's own limit tells.
    markdown = MarkdownIt("commonmark", {"maxNesting": sys.maxsize}).enable("strikethrough")
    if not _pads_tables(body):
        markdown.enable("table")
    builder = TextBuilder()
    try:
        tree = parse_tree(clean(markdown.render(body)))
    except RecursionError as error:
        raise ParseFailed("The Markdown is nested too deeply.", "Flatten its lists or quotes.") from error
    if tree is not None:
        add_html(builder, tree)
    return builder


def _pads_tables(body: str) -> bool:
    """Whether rows that are shorter than their header would be filled up with far more cells than were written.

    Every row gets as many cells as the header: 2,000 columns above 2,000 empty rows would be four million.
    """
    columns = max((row.count("|") for row in _DELIMITER_ROW.findall(body)), default=0)
    rows = sum("|" in line for line in body.split("\n")) if columns else 0
    return columns * rows > 10 * body.count("|") + _MADE_UP_CELLS
