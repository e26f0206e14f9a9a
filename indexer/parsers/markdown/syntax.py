"""markdown-it put together: CommonMark with tables, and the syntax of the dialects that CommonMark leaves as text."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.token import Token
from mdit_py_plugins.admon import admon_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.dollarmath.index import math_block_dollar

from indexer.parsers.htmltext import LINE_ATTRIBUTE
from indexer.parsers.markdown import footnotes
from indexer.parsers.markdown.directives import directive
from indexer.parsers.markdown.formulas import formula
from indexer.parsers.markdown.marks import unmark
from indexer.parsers.markdown.obsidian import callouts, link
from indexer.parsers.markdown.places import heading_attributes, place
from indexer.parsers.markdown.rawhtml import RawHtml
from indexer.parsers.markdown.tables import keep_cells, pads_tables

_INTERRUPTS: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
_FENCE_TITLE = re.compile(r"\b(?:title|filename)=(?:\"([^\"]+)\"|'([^']+)'|([^\s\"'}]+))")


class Page:
    """One page's Markdown, parsed and rendered. `dropped` names the elements of HTML whose text a reader will not see.

    `mdx`: nothing is code for being indented.
    """

    def __init__(self, text: str, mdx: bool) -> None:
        self._text = text
        self._raw = RawHtml(text)
        self._markdown = _markdown(text, mdx)
        self._raw.guard(self._markdown)

    @property
    def dropped(self) -> set[str]:
        return self._raw.dropped

    def html(self, lead: Sequence[str], line: Callable[[int], int]) -> str:
        """The page as HTML. Those paragraphs of the `lead` that it does not say itself follow its first heading, or
        begin it where it begins with none; `line` tells the line of the file, from 1, of a line of the text, from 0.

        Raises:
            RecursionError: it is nested too deeply.
        """
        tokens = self._markdown.parse(self._text)
        unmark(tokens)
        tokens = footnotes.marked(tokens)
        place(tokens, line)
        self._raw.settle(tokens, line)
        tokens = [*_with_titles(tokens)]
        begin = 3 if tokens and tokens[0].type == "heading_open" and tokens[0].tag == "h1" else 0
        tokens[begin:begin] = self._lead(lead, _plain(tokens))
        return str(self._markdown.renderer.render(tokens, self._markdown.options, {}))

    def _lead(self, paragraphs: Sequence[str], said: str) -> list[Token]:
        """Paragraphs of the front matter, which stands on the file's first lines; none that the page says itself."""
        tokens: list[Token] = []
        for paragraph in paragraphs:
            (inline,) = self._markdown.parseInline(paragraph)
            self._raw.settle([inline], lambda _: 1)
            if _plain([inline]) not in said:
                opening = Token("paragraph_open", "p", 1, attrs={LINE_ATTRIBUTE: "1"})
                tokens += (opening, inline, Token("paragraph_close", "p", -1))
        return tokens


def _plain(tokens: Sequence[Token]) -> str:
    """The words of the blocks of text, in one line."""
    children = (child for token in tokens if token.type == "inline" for child in token.children or ())
    return " ".join("".join(child.content or " " * child.type.endswith("break") for child in children).split())


def _markdown(text: str, mdx: bool) -> MarkdownIt:
    # The default limit of 20 drops what lies deeper without a word. Without one, Python's own limit tells.
    markdown = MarkdownIt("commonmark", {"maxNesting": sys.maxsize}).enable("strikethrough")
    if not pads_tables(text):
        markdown.enable("table")
    if mdx:
        markdown.disable("code")
    admon_plugin(markdown)
    deflist_plugin(markdown)
    footnotes.enable(markdown)
    markdown.block.ruler.before("fence", "directive", directive, _INTERRUPTS)
    markdown.block.ruler.before("fence", "math_block", math_block_dollar(allow_labels=True), _INTERRUPTS)
    markdown.inline.ruler.before("escape", "math_inline", formula)
    markdown.inline.ruler.before("link", "wiki_link", link)
    markdown.inline.ruler.before("image", "wiki_embed", link)
    markdown.core.ruler.before("inline", "callouts", callouts)
    markdown.core.ruler.before("inline", "keep_cells", keep_cells)
    markdown.core.ruler.before("inline", "heading_attributes", heading_attributes)
    return markdown


def _with_titles(tokens: Sequence[Token]) -> Iterator[Token]:
    """The tokens as they are rendered: formulas as blocks of lines, and before each block of code its title."""
    for token in tokens:
        if token.type in ("math_block", "math_block_label"):
            token.type = "code_block"
        title = _FENCE_TITLE.search(token.info) if token.type == "fence" and "=" in token.info else None
        if title:
            yield Token("paragraph_open", "p", 1, attrs=dict(token.attrs))
            yield Token("inline", "", 0, children=[Token("text", "", 0, content=title[1] or title[2] or title[3])])
            yield Token("paragraph_close", "p", -1)
        yield token
