"""Files of wikitext, one page each, as the wikis of code forges hold them."""

from __future__ import annotations

from indexer.parsers.base import Parsed
from indexer.parsers.builder import TextBuilder
from indexer.parsers.decoding import decode
from indexer.parsers.wiki.links import Links
from indexer.parsers.wiki.wikitext import read_wikitext


class WikitextParser:
    name = "wikitext"
    label = "wikitext"
    version = "1"
    suffixes = (".mediawiki", ".wikitext")

    def parse(self, data: bytes, *, name: str) -> Parsed:
        remarks: list[str] = []
        builder, links = TextBuilder(), Links()
        read_wikitext(decode(data, remarks=remarks), builder, links)
        metadata = {"categories": tuple(links.found)} if links.found else {}
        return builder.parsed(builder.first_heading(), name=name, metadata=metadata, remarks=remarks)
