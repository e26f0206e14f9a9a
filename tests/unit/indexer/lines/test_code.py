"""Source code: lines stay, definitions begin sections with the comment above them."""

from __future__ import annotations

import pytest

from indexer.parsers import Parsed, parser_for
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
            [(1, "pub(crate) fn f"), (1, "impl<T> A<T> for B"), (2, "fn g")],
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
        (
            "a.js",
            "class A {\n  constructor(b) {\n    if (b) {\n      f(b)\n    }\n  }\n  static async #g({ a, c }) {\n}\n"
            "A.prototype.h = function (x) {\n}\ndescribe('x', function () {\n})\n",
            [(1, "class A"), (2, "constructor"), (2, "static async #g"), (1, "A.prototype.h")],
        ),
        ("a.h", "struct __attribute__ ((__packed__)) s {\n", [(1, "struct __attribute__ ((__packed__)) s")]),
        (
            "b.sql",
            "CREATE UNIQUE INDEX i ON t (a);\ncreate index on t (b);\n",
            [(1, "CREATE UNIQUE INDEX i"), (1, "create index on t")],
        ),
        (
            "a.pm",
            "sub declared($);\nsub f {\n}\n\n=head1 NAME\n\nA - b\n\n=head2 Of it\n\n=cut\n\nsub g {\n",
            [(1, "sub f"), (1, "NAME"), (2, "Of it"), (1, "sub g")],
        ),
        ("Makefile", "CC := gcc\n.PHONY: all\nall: a.o b.o\n\tcc $@\n%.o: %.c\n", [(1, "all"), (1, "%.o")]),
        (
            "Dockerfile",
            "FROM golang:1 AS build\nRUN make\n\nFROM scratch\n",
            [(1, "FROM golang:1 AS build"), (1, "FROM scratch")],
        ),
        ("a.rb", "module A\n  class B < C\n    def f?\n", [(1, "module A"), (2, "class B"), (3, "def f?")]),
        ("a.r", "f <- function(x) x\n", [(1, "f")]),
        ("a.kt", "fun main() {}\ndata class P(val x: Int)\n", [(1, "fun main"), (1, "data class P")]),
    ],
)
def test_definitions_of_many_languages(name: str, source: str, found: list[tuple[int, str]]) -> None:
    assert headings(parse(source, name)) == found


def test_prose_in_comments_defines_nothing() -> None:
    assert headings(parse('"""\nclass of things that are\ndef is a word\n"""\n')) == []


def test_files_without_a_suffix_are_known_by_name() -> None:
    for name in ("Makefile", "Dockerfile", "Rakefile", "CMakeLists.txt", "lib/GNUmakefile"):
        parser = parser_for(name)
        assert parser is not None and parser.name == "code", name


def test_minified_lines_are_left_out_and_said_to_be() -> None:
    packed = "/* Licence */\n" + "a{b:c}" * 500 + "\n.own { color: red }\n"
    parsed = parse(packed, "a.css")
    assert (parsed.text, place_of(parsed, ".own")) == ("/* Licence */\n\n.own { color: red }", "3")
    assert "minified" in parsed.remarks[0]
    assert parse("insert into t values (1);" * 200, "a.sql").remarks == ()
