"""Tables of raw HTML with blank lines in them: what is indented below one would be code, which no author meant."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

from indexer.parsers.markdown.draft import Edit

_TABLE = re.compile(r"^[ ]{0,3}<table\b.*?(?:</table>|\Z)", re.DOTALL | re.IGNORECASE | re.MULTILINE)
_VERBATIM = re.compile(r"<pre\b|```|~~~", re.IGNORECASE)
_INDENT = re.compile(r"^(?:[ ]{4,}|[ ]*\t[ \t]*)", re.MULTILINE)


def table_edits(text: str, code: Container[int]) -> Iterator[Edit]:
    """The edits that take the indentation out of such tables, but for those that hold code, or are in it."""
    for table in _TABLE.finditer(text):
        if table.start() in code or "\n\n" not in table[0] or _VERBATIM.search(table[0]):
            continue
        for indent in _INDENT.finditer(text, table.start(), table.end()):
            yield indent.start(), indent.end(), ""
