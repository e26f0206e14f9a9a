"""Docstrings can be read by themselves, as in an editor's tooltip: they begin with a noun or a verb."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = ("engine", "indexer", "api", "benchmarks", "winnow", "clients")
# "Of one generation." says nothing of what is of it, "What was found." not what kind of thing it is, and
# "CollectionNotFound." reads like a heading.
RIDDLE = re.compile(
    r"(?:(?:What|Of|As|By|From|None|Nothing|Those|These|Whose|Only|Until|It|They)\b|In |"
    r"(?:[A-Z][a-z]+)+(?:Error|NotFound|Missing|Damaged|Expired|Mismatch|Unavailable|Failed|Busy)\b)"
)


def docstrings(folder: Path) -> Iterator[tuple[str, str]]:
    """Where each docstring below a folder stands, and its first line."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                text = ast.get_docstring(node)
                if text:
                    yield f"{path.relative_to(ROOT)}:{node.body[0].lineno}", text.splitlines()[0]


def test_docstrings_begin_with_a_noun_or_a_verb() -> None:
    riddles = [f"{at}: {line}" for package in CODE for at, line in docstrings(ROOT / package) if RIDDLE.match(line)]
    assert not riddles, "\n".join(riddles)


def test_docstrings_of_tests_do_not_begin_with_of() -> None:
    riddles = [f"{at}: {line}" for at, line in docstrings(ROOT / "tests") if line.startswith("Of ")]
    assert not riddles, "\n".join(riddles)


def test_what_a_riddle_is() -> None:
    for line in (
        "Of one upload.",
        "As `show`, of several collections.",
        "None where no key was made.",
        "StoreDamaged.",
        "What was found.",
    ):
        assert RIDDLE.match(line), line
    for line in ("Limits of one upload.", "In-document search: one file.", "Raise StoreDamaged if it is altered."):
        assert not RIDDLE.match(line), line
