"""Source code: lines stay, definitions begin sections with the comment above them."""

from __future__ import annotations

import pytest

from indexer.parsers import Parsed
from indexer.parsers.lines.code import CodeParser
from tests.unit.indexer.places import assert_lines_hold_their_words, headings, place_of


def parse(text: str, name: str = "module.py") -> Parsed:
    return CodeParser().parse(text.encode(), name=name)


def test_lines_stay_as_they_are() -> None:
    source = '"""Doc."""\n\nimport x\n\n\ndef f():\n\n    return 1\n'
    parsed = parse(source)
    assert parsed.text == '"""Doc."""\n\nimport x\n\ndef f():\n\n    return 1'
    assert (parsed.title, parsed.named, place_of(parsed, "return 1")) == ("module.py", True, "8")
    assert_lines_hold_their_words(parsed, source.encode())


def test_a_section_begins_with_the_comment_above_its_definition() -> None:
    parsed = parse("x = 1\n\n# What f does,\n# in two lines.\n@cached\ndef f():\n    pass\n\ndef g(): pass\n")
    first, second = parsed.headings
    assert (first.text, parsed.text[first.start :].split("\n")[0]) == ("def f", "# What f does,")
    assert parsed.text.startswith("def g", second.start)


@pytest.mark.parametrize(
    ("name", "source", "found"),
    [
        (
            "a.py",
            "class A(B):\n    async def f(self):\n        def inner(): pass\n",
            [(1, "class A"), (2, "async def f")],
        ),
        (
            "a.go",
            "func (s *Server) Run(x int) error {\n}\ntype T struct {\n",
            [(1, "func (s *Server) Run"), (1, "type T")],
        ),
        (
            "a.rs",
            "pub(crate) fn f<T>(x: T) {}\nimpl<T> A<T> for B {\n    fn g() {}\n}\n",
            [(1, "pub(crate) fn f"), (1, "impl<T> A"), (2, "fn g")],
        ),
        (
            "a.java",
            "public class A extends B {\n    private static int f(int x) {\n",
            [(1, "public class A"), (2, "private static int f")],
        ),
        (
            "a.ts",
            "export const f = async (x) => 1\nexport default class A {\n",
            [(1, "export const f"), (1, "export default class A")],
        ),
        ("a.c", "/* Adds.\n   Two. */\nstatic int\nadd(int a, int b)\n{\n  if (a) {\n", [(1, "add")]),
        ("a.c", "int main(int argc, char **argv) {\n  return f(x);\n}\nint declared(void);\n", [(1, "int main")]),
        ("a.sh", "run() {\n  echo\n}\n", [(1, "run")]),
        ("a.sql", "CREATE TABLE IF NOT EXISTS users (\n  id int);\n", [(1, "CREATE TABLE IF NOT EXISTS users")]),
        ("a.rb", "module A\n  class B < C\n    def f?\n", [(1, "module A"), (2, "class B"), (3, "def f?")]),
        ("a.r", "f <- function(x) x\n", [(1, "f")]),
        ("a.kt", "fun main() {}\ndata class P(val x: Int)\n", [(1, "fun main"), (1, "data class P")]),
    ],
)
def test_definitions_of_many_languages(name: str, source: str, found: list[tuple[int, str]]) -> None:
    assert headings(parse(source, name)) == found


def test_prose_in_comments_defines_nothing() -> None:
    assert headings(parse('"""\nclass of things that are\ndef is a word\n"""\n')) == []
