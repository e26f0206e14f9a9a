"""What a message says, without the lines that tell who wrote to whom."""

from __future__ import annotations

import re

from indexer.parsers import Parsed

_PEOPLE = re.compile(r"(?:(?:From|To|Cc): [^\n]*(?:\n|\Z))+\n?")


def body(parsed: Parsed) -> str:
    return _PEOPLE.sub("", parsed.text, count=1)
