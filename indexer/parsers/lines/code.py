"""Source code: lines as they are; a function or a type begins a section, with the comment that stands above it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import PurePath

from indexer.parsers.base import Parsed
from indexer.parsers.lines.listing import Section, read_listing
from indexer.parsers.recognition import HEAD, suffix_of

_HEAD = 200  # code points of a line in which a definition is looked for
_DEEPEST = 3  # a method of a class of a namespace
_ABOVE = 200  # lines of a comment above a definition

_MODIFIER = (
    "abstract|async|const|data|declare|default|export|extern|external|final|fileprivate|inline|inner|internal|local|"
    "native|open|operator|override|partial|private|protected|pub|public|sealed|static|suspend|synchronized|unsafe|"
    "virtual"
)
_HOLDER = "class|interface|enum|struct|union|trait|impl|object|protocol|extension|module|namespace|record|mod|defmodule"
_MAKER = "def|defp|fn|func|fun|function\\*?|sub|proc|type|macro_rules!|defmacro"
_END = r"(?=[ \t]*(?:[(\[{:<;=,|]|->|do\b|extends\b|implements\b|for\b|is\b|where\b|with\b|throws\b|struct\b|$))"
_KEYED = (
    rf"(?:(?:{_MODIFIER})(?:\([a-z]+\))?[ \t]+)*(?P<keyword>{_HOLDER}|{_MAKER})(?:<[^<>]*>)?[ \t]+"
    rf"(?:\([^()]*\)[ \t]*)?[\w$.:?!]*[\w?!]{_END}"
)
_TYPED = rf"(?:(?:{_MODIFIER})[ \t]+)+(?:[\w.]+(?:<[^()]*>)?(?:\[\])*\??[ \t]+)?\w+(?=[ \t]*\()"
_ASSIGNED = (
    r"(?:export[ \t]+)?(?:const|let|var)[ \t]+[\w$]+"
    r"(?=[ \t]*=[ \t]*(?:async\b|function\b|\([^()]*\)[ \t]*=>|\w+[ \t]*=>))"
)
_C = r"(?!(?:else|return|typedef|using|case|goto)\b)[A-Za-z_](?:[\w \t*&:~<>,]*[ \t*&])?[\w:~]+(?=[ \t]*\([^;]*$)"
_SHELL = r"(?:function[ \t]+)?[\w-]+(?=[ \t]*\([ \t]*\))"
_R = r"[\w.]+(?=[ \t]*(?:<-|=)[ \t]*function\b)"
_SQL = (
    r"(?i:create)[ \t]+(?i:or[ \t]+replace[ \t]+)?(?i:table|view|materialized[ \t]+view|function|procedure|trigger|"
    r"type|package|index)[ \t]+(?i:if[ \t]+not[ \t]+exists[ \t]+)?[\w.\"`\[\]]+"
)
_KEPT = {  # suffixes whose languages have definitions of a kind of their own
    (".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".hh", ".hxx", ".cu", ".cuh", ".ino", ".m", ".mm"): (_KEYED, _C),
    (".java", ".cs", ".dart", ".groovy", ".php", ".scala", ".swift"): (_KEYED, _TYPED),
    (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".vue", ".svelte"): (_KEYED, _TYPED, _ASSIGNED),
    (".sh", ".bash", ".zsh", ".ksh"): (_SHELL,),
    (".r",): (_R,),
    (".sql",): (_SQL,),
}
_OTHERS = """
    .py .pyi .pyx .rb .go .rs .kt .kts .lua .pl .pm .tcl .ex .exs .erl .hrl .hs .ml .mli .clj .cljs .cljc .lisp .el .scm
    .rkt .jl .zig .nim .f90 .f95 .f03 .pas .asm .s .vb .fs .fsx .fish .ps1 .psm1 .bat .cmd .awk .sed .vim .nix .sol
    .elm .coffee .css .scss .sass .less .glsl .proto .thrift .graphql .tf .hcl .cmake .mk .gradle .diff .patch
"""
_PATTERNS = {
    suffix: re.compile("|".join(f"(?P<indent{n}>[ \\t]*)(?P<name{n}>{rule})" for n, rule in enumerate(rules)))
    for suffixes, rules in _KEPT.items()
    for suffix in suffixes
}
_COMMON = re.compile(rf"(?P<indent0>[ \t]*)(?P<name0>{_KEYED})")
_COMMENT = ("#", "//", "/*", "*", "--", "@", "[[", "[", ";", "%", "'''", '"""')
# Of C's function, on the lines above its name: the type that it gives, what it is a template of, whose it is.
_TYPE_ALONE = re.compile(r"\s*(?:template\s*<.*>|[A-Za-z_][\w \t*&:<>,]*)$")
_OPENS = re.compile(r"\s*(?:else|do|try|begin|then|default|public|private|protected|signals)\b.*$")
_HEADS = 5  # such lines


class CodeParser:
    name = "code"
    label = "source code"
    version = "2"
    suffixes = tuple(sorted({*_PATTERNS, *_OTHERS.split()}))

    def parse(self, data: bytes, *, name: str) -> Parsed:
        suffix = PurePath(name.lower()).suffix
        if suffix not in self.suffixes:
            suffix = suffix_of(data[:HEAD]) or ""
        return read_listing(data, name, partial(_definitions, _PATTERNS.get(suffix, _COMMON)))


def _definitions(pattern: re.Pattern[str], lines: Sequence[str]) -> Iterator[Section]:
    """Sections at the definitions in the first column, and inside of types defined there: with the comment, whose
    first line begins the section.
    """
    holders: list[tuple[int, bool]] = []  # indent, and whether it holds others
    free = 0  # the first line that no section has yet
    for index, line in enumerate(lines):
        found = pattern.match(line, 0, _HEAD)
        if found is None:
            continue
        indent, label = _parts(found)
        while holders and holders[-1][0] >= indent:
            holders.pop()
        if indent and not (holders and holders[-1][1]):
            continue  # inside a function, or of nothing
        keyword = found.groupdict().get("keyword")
        holders.append((indent, keyword is not None and re.fullmatch(_HOLDER, keyword) is not None))
        if len(holders) <= _DEEPEST:
            start = _first_above(lines, index, free)
            free = index + 1
            yield start, len(holders), label


def _parts(found: re.Match[str]) -> tuple[int, str]:
    groups = found.groupdict()
    number = next(n for n in range(len(groups)) if groups.get(f"name{n}") is not None)
    return len(groups[f"indent{number}"].expandtabs(4)), " ".join(groups[f"name{number}"].split())


def _first_above(lines: Sequence[str], index: int, free: int) -> int:
    """The first line of the comment and the decorators that stand right above a definition."""
    start = index
    lowest = max(free, index - _ABOVE)
    least = max(lowest, index - _HEADS)
    while start > least and _TYPE_ALONE.match(lines[start - 1]) and not _OPENS.match(lines[start - 1]):
        start -= 1
    while start > lowest and (above := lines[start - 1].strip()):
        if above.endswith("*/") and not above.startswith("/*"):
            opening = next((n for n in range(start - 1, lowest - 1, -1) if "/*" in lines[n]), None)
            if opening is None:
                return start
            start = opening
        elif above.startswith(_COMMENT):
            start -= 1
        else:
            return start
    return start
