"""Markdown and its dialects: what a reader of the page sees. Code is code before anything else is markup."""

from indexer.parsers.markdown.parser import MarkdownParser

__all__ = ["MarkdownParser"]
