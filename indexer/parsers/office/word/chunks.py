"""Parts of a Word document that are in another format: whole pages of HTML, which converters put there."""

from __future__ import annotations

from indexer.parsers.builder import TextBuilder
from indexer.parsers.decoding import decode
from indexer.parsers.htmltext import add_html, parse_tree
from indexer.parsers.mail.message import add_part
from indexer.parsers.mail.parts import read_message, text_parts

_PAGES = (".html", ".htm", ".xhtml")
_ARCHIVES = (".mht", ".mhtml")


def add_chunk(builder: TextBuilder, name: str, data: bytes) -> bool:
    """Append the text of a part; False if nothing here reads its kind. ParseFailed where it is damaged."""
    name = name.lower()
    if name.endswith(_PAGES):
        tree = parse_tree(decode(data))
        if tree is not None:
            add_html(builder, tree)
    elif name.endswith(_ARCHIVES):
        for part in text_parts(read_message(data)):
            add_part(builder, part, [])
    elif name.endswith(".txt"):
        builder.add(decode(data).strip())
    else:
        return False
    return True
