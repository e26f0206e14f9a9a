"""The metadata that a document of reStructuredText begins with: a header like that of mail, as Python's PEPs
have, or a list of bibliographic fields.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from engine.types import MetadataValue
from indexer.parsers.metadata import typed_fields

_HEADER = re.compile(r"([A-Z][\w-]{1,20}):(?:[ \t]+(\S.*))?$")
_KEYWORD = re.compile(r"\$(\w{2,20}):\s*([^$]*?)\s*\$")  # $Revision: 9077 $
_LEAST = 3  # lines of a header
# https://docutils.sourceforge.io/docs/ref/rst/restructuredtext.html#bibliographic-fields, and those of PEPs
_ABOUT = frozenset(
    """author authors organization contact address version revision status date copyright created license keywords
    category description""".split()  # noqa: SIM905
)
_SETTINGS = frozenset(("orphan", "nosearch", "tocdepth", "nocomments"))  # of Sphinx, and no text
_NO_VALUE = frozenset(("title", "content-type", "post-history"))
_DATE = "%d-%b-%Y"


def header_fields(lines: Sequence[str]) -> dict[str, str]:
    """The fields of a header, all of whose lines are fields or go on with one; nothing if it is none."""
    found: dict[str, str] = {}
    name = ""
    for line in lines:
        if field := _HEADER.match(line):
            name = field[1].lower()
            found[name] = field[2] or ""
        elif name and line[:1] == " ":
            found[name] += f" {line.strip()}"
        else:
            return {}
    return found if len(lines) >= _LEAST else {}


def title_of(fields: Mapping[str, str]) -> str | None:
    """The title, a PEP's with its number, as it is shown and cited."""
    title, number = fields.get("title"), fields.get("pep")
    return f"PEP {number} \N{EN DASH} {title}" if title and number else title


def is_bibliographic(name: str) -> bool:
    """Whether a field tells of the document, and is no part of its text."""
    return name.lower() in _ABOUT | _SETTINGS


def metadata_of(fields: Mapping[str, str]) -> dict[str, MetadataValue]:
    """The fields as metadata; `created` is the date if there is no other."""
    kept = {
        name.lower().replace("-", "_"): _dated(value)
        for name, value in fields.items()
        if name.lower() not in _NO_VALUE | _SETTINGS
    }
    found = typed_fields(kept)
    if "created" in found:
        found.setdefault("date", found["created"])
    return found


def _dated(value: str) -> str:
    """A date such as 19-Aug-2004 as in ISO 8601; of a keyword of version control, what it was replaced by."""
    if keyword := _KEYWORD.fullmatch(value.strip()):
        value = keyword[2].replace("/", "-")[:10] if keyword[1].lower() == "date" else keyword[2]
    with suppress(ValueError):
        return datetime.strptime(value.strip(), _DATE).date().isoformat()
    return value
