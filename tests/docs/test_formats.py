"""docs/formats.md lists the formats of the registry: what `winnow ingest --formats` prints.

`python -m tests.docs.test_formats` writes its table.
"""

from __future__ import annotations

import re
from pathlib import Path

from indexer.parsers import formats

PAGE = Path(__file__).parents[2] / "docs" / "formats.md"
MARKS = "<!-- formats -->\n", "\n<!-- end -->"


def table() -> str:
    rows = [f"| {one.label} | `{one.name}` | {' '.join(f'`{end}`' for end in one.suffixes)} |" for one in formats()]
    return "\n".join(["| format | name | suffixes |", "|---|---|---|", *rows])


def test_the_table_is_that_of_the_registry() -> None:
    assert table().join(MARKS) in PAGE.read_text(encoding="utf-8"), "run python -m tests.docs.test_formats"


if __name__ == "__main__":
    page = re.sub(".*?".join(MARKS), lambda _: table().join(MARKS), PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    PAGE.write_text(page, encoding="utf-8")
