"""docs/formats.md lists the formats of the registry, each with its suffixes: what `winnow ingest --formats` prints."""

from __future__ import annotations

import re
from pathlib import Path

from indexer.parsers import formats

TEXT = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")


def test_the_table_is_that_of_the_registry() -> None:
    rows = re.findall(r"^\| ([^|`]+) \| `(\w+)` \| (.*) \|$", TEXT, re.MULTILINE)
    listed = [(label, name, tuple(re.findall(r"`(\S+)`", suffixes))) for label, name, suffixes in rows]
    assert listed == [(known.label, known.name, known.suffixes) for known in formats()]
