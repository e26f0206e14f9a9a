"""Plain text that has a form: RFCs and their like, logs, tables. Told by content, since all are .txt."""

from __future__ import annotations

from collections.abc import Sequence

from indexer.parsers.base import Parsed
from indexer.parsers.data.delimited import delimiter_of_text, table_of
from indexer.parsers.lines.log import log_of, looks_like_log
from indexer.parsers.lines.rfc import looks_like_rfc, rfc_of

_SAMPLE = 2000  # lines from which the form is told


def read_formed(lines: Sequence[str], name: str) -> Parsed | None:
    """The document in the lines of a file, by the reader of its form; None where it is simply text."""
    sample = lines[:_SAMPLE]
    if looks_like_rfc(sample):
        return rfc_of(lines, name)
    if looks_like_log(sample):
        return log_of(lines, name)
    delimiter = delimiter_of_text(sample)
    return None if delimiter is None else table_of(lines, name, delimiter)
