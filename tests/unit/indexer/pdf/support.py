"""A PDF parsed, in one word."""

from __future__ import annotations

from indexer.parsers.base import Parsed
from indexer.parsers.pdf import PdfParser


def parse(data: bytes, name: str = "a.pdf") -> Parsed:
    return PdfParser().parse(data, name=name)
