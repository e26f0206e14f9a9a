"""Markdown (CommonMark with tables), with front matter and the tags of Jekyll sites."""

from __future__ import annotations

import re
import sys
from pathlib import PurePath

from markdown_it import MarkdownIt

from engine.errors import ParseFailed
from indexer.parsers.base import Parsed
from indexer.parsers.builder import TextBuilder
from indexer.parsers.codespans import CodeSpans
from indexer.parsers.decoding import clean, decode
from indexer.parsers.frontmatter import split_front_matter
from indexer.parsers.htmltext import add_html, parse_tree
from indexer.parsers.liquid import looks_like_jekyll, strip_liquid
from indexer.parsers.rawhtml import RawHtml

# kramdown's attribute lists (https://kramdown.gettalong.org/syntax.html#attribute-list-definitions): classes, ids and
# key-value pairs, alone on a line or at its end; after a heading also {#id}. A tuple of Elixir is none.
_ATTRIBUTE = r"(?:(?:[.#][\w-]+)+|[\w-]+=(?:\"[^\"\n]*\"|'[^'\n]*'|[^\s{}\"',]+))"
_LIST = rf"\{{:(?:toc|[ \t]*{_ATTRIBUTE}(?:[ \t]+{_ATTRIBUTE})*)[ \t]*\}}"
_KRAMDOWN = re.compile(
    rf"^[ \t]*{_LIST}[ \t]*$|(?<![ \t])[ \t]*+{_LIST}[ \t]*$|(?<=^)(?P<heading>#.*?)[ \t]*\{{#[\w-]+\}}[ \t]*$",
    re.MULTILINE,
)
_DELIMITER_ROW = re.compile(r"^[ \t>|:-]+$", re.MULTILINE)  # of a table, below its header
_MADE_UP_CELLS = 10_000


class MarkdownParser:
    name = "markdown"
    label = "Markdown"
    version = "2"
    suffixes = (".md", ".markdown")

    def parse(self, data: bytes, *, name: str) -> Parsed:
        remarks: list[str] = []
        matter, body = split_front_matter(decode(data, remarks=remarks))
        if matter is not None:
            body = _without_kramdown(body)
            code = CodeSpans(body)
            if matter.jekyll or looks_like_jekyll(body, code):
                body = strip_liquid(body, code)
        builder = _render(body, remarks)
        title = (matter.title if matter else None) or builder.first_heading()
        return Parsed(
            title=title or PurePath(name).stem,
            text=builder.text,
            headings=builder.headings,
            language=matter.language if matter else None,
            metadata=matter.metadata if matter else {},
            remarks=tuple(remarks),
            named=title is None,
        )


def _without_kramdown(body: str) -> str:
    code = CodeSpans(body)

    def left(found: re.Match[str]) -> str:
        return found[0] if found.end() - 1 in code or found.start() in code else found["heading"] or ""

    return _KRAMDOWN.sub(left, body)


def _render(body: str, remarks: list[str]) -> TextBuilder:
    # The default limit of 20 drops what lies deeper without a word. Without one, Python's own limit tells.
    markdown = MarkdownIt("commonmark", {"maxNesting": sys.maxsize}).enable("strikethrough")
    if not _pads_tables(body):
        markdown.enable("table")
    raw = RawHtml(body)
    raw.guard(markdown)
    builder = TextBuilder()
    try:
        tokens = markdown.parse(body)
        raw.settle(tokens)
        tree = parse_tree(clean(str(markdown.renderer.render(tokens, markdown.options, {}))))
    except RecursionError as error:
        raise ParseFailed("The Markdown is nested too deeply.", "Flatten its lists or quotes.") from error
    if tree is not None:
        add_html(builder, tree)
    if raw.dropped:
        names = ", ".join(f"<{name}>" for name in sorted(raw.dropped))
        remarks.append(f"Raw HTML that a browser does not show as text was left out: {names}.")
    return builder


def _pads_tables(body: str) -> bool:
    """Whether rows that are shorter than their header would be filled up with far more cells than were written.

    Every row gets as many cells as the header: 2,000 columns above 2,000 empty rows would be four million.
    """
    columns = max((row.count("|") for row in _DELIMITER_ROW.findall(body)), default=0)
    rows = sum("|" in line for line in body.split("\n")) if columns else 0
    return columns * rows > 10 * body.count("|") + _MADE_UP_CELLS
