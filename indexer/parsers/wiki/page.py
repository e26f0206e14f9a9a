"""Files of wikitext, one page each, as the wikis of code forges hold them.

Pages of other wikis are called `.wiki` as well: what has none of MediaWiki's marks is read as text.
"""

from __future__ import annotations

import re

from indexer.parsers.base import Parsed
from indexer.parsers.builder import TextBuilder
from indexer.parsers.decoding import decode
from indexer.parsers.text import TextParser
from indexer.parsers.wiki.links import Links
from indexer.parsers.wiki.wikitext import read_wikitext

_MARKED = re.compile(r"'''|\[\[[^\[\]|:\n]{1,40}:|(?<!\{)\{\{(?!\{)|\{\||<ref\b|^__[A-Z]{3,}__", re.MULTILINE)
_BLOCK = re.compile(r"^\s*\{\{\{\s*(?:#!?\w+)?\s*$", re.MULTILINE)  # of code, in Trac and in vim


class WikitextParser:
    name = "wikitext"
    label = "wikitext"
    version = "3"
    suffixes = (".mediawiki", ".wikitext", ".wiki")

    def parse(self, data: bytes, *, name: str) -> Parsed:
        remarks: list[str] = []
        builder, links = TextBuilder(), Links()
        source = decode(data, remarks=remarks)
        if name.lower().endswith(".wiki") and (_MARKED.search(source) is None or _BLOCK.search(source)):
            return TextParser().parse(data, name=name)
        read_wikitext(source, builder, links)
        metadata = {"categories": tuple(links.found)} if links.found else {}
        return builder.parsed(builder.first_heading(), name=name, metadata=metadata, remarks=remarks)
