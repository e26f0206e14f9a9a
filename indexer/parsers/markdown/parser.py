"""Markdown: CommonMark and GitHub's tables, with the dialects of Jekyll, Hugo, Docusaurus, MkDocs, MyST, Obsidian, MDX.

A page is read in two steps. What a site generator takes out before it renders (tags of templates, comments, JavaScript)
goes from the text, but never from code; then markdown-it parses the rest, with rules for what the dialects add.
"""

from __future__ import annotations

from engine.errors import ParseFailed
from indexer.parsers.base import Parsed
from indexer.parsers.builder import TextBuilder
from indexer.parsers.decoding import clean, decode
from indexer.parsers.frontmatter import FrontMatter, split_front_matter
from indexer.parsers.htmltext import add_html, parse_tree
from indexer.parsers.liquid import liquid_edits, looks_like_jekyll
from indexer.parsers.markdown.codespans import CodeSpans
from indexer.parsers.markdown.draft import Draft
from indexer.parsers.markdown.lines import line_edits
from indexer.parsers.markdown.mdx import looks_like_mdx, mdx_edits
from indexer.parsers.markdown.obsidian import comment_edits
from indexer.parsers.markdown.rawtables import table_edits
from indexer.parsers.markdown.shortcodes import shortcode_edits
from indexer.parsers.markdown.syntax import Page


class MarkdownParser:
    name = "markdown"
    label = "Markdown"
    version = "6"
    suffixes = (".md", ".markdown", ".mdx", ".mdown", ".mkd", ".qmd", ".rmd")

    def parse(self, data: bytes, *, name: str) -> Parsed:
        remarks: list[str] = []
        source = decode(data, remarks=remarks)
        matter, body = split_front_matter(source)
        remarks += matter.remarks if matter else ()
        draft = Draft(body, 1 + source.count("\n", 0, len(source) - len(body)))
        mdx = name.lower().endswith(".mdx") or looks_like_mdx(body)
        _strip(draft, mdx, jekyll=matter is not None and matter.jekyll)
        if matter and not draft.text.strip():
            builder = _front_page(matter)
        else:
            builder = _render(draft, mdx, matter.lead if matter else (), remarks)
        title = (matter.title if matter else None) or builder.first_heading()
        return builder.parsed(
            title,
            name=name,
            language=matter.language if matter else None,
            metadata=matter.metadata if matter else {},
            remarks=remarks,
        )


def _strip(draft: Draft, mdx: bool, jekyll: bool) -> None:
    """Take out of the draft what is not Markdown, one dialect after the other."""

    def code() -> CodeSpans:
        return CodeSpans(draft.text, indented=not mdx)

    if "<table" in draft.text:
        draft.edit(table_edits(draft.text, code()))
    if "{%" in draft.text or "{{" in draft.text:
        if jekyll or looks_like_jekyll(draft.text, code()):
            draft.edit(liquid_edits(draft.text, code(), fences=True))
        draft.edit(shortcode_edits(draft.text, code()))
    if "%%" in draft.text:
        draft.edit(comment_edits(draft.text, code()))
    if mdx or "<" in draft.text:
        draft.edit(mdx_edits(draft.text, code(), whole=mdx))
    draft.edit(line_edits(draft.text, code()))


def _render(draft: Draft, mdx: bool, lead: tuple[str, ...], remarks: list[str]) -> TextBuilder:
    page = Page(draft.text, mdx)
    builder = TextBuilder()
    try:
        tree = parse_tree(clean(page.html(lead, draft.line)))
    except RecursionError as error:
        raise ParseFailed("The Markdown is nested too deeply.", "Flatten its lists or quotes.") from error
    if tree is not None:
        add_html(builder, tree)
    if page.dropped:
        names = ", ".join(f"<{name}>" for name in sorted(page.dropped))
        remarks.append(f"Raw HTML that a browser does not show as text was left out: {names}.")
    return builder


def _front_page(matter: FrontMatter) -> TextBuilder:
    """The text of a page that has none: what its front matter says, so that it can be found."""
    builder = TextBuilder()
    builder.locate("line", "1")
    builder.heading(1, matter.title or "")
    for paragraph in matter.lead:
        builder.add(paragraph)
    return builder
