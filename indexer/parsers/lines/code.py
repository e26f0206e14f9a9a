"""Source code: lines as they are; a function or a type begins a section, with the comment that stands above it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
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
_ATTRIBUTE = r"__attribute__[ \t]*\(\([^()]*(?:\([^()]*\)[^()]*)*\)\)[ \t]*"
_KEYED = (
    rf"(?:(?:{_MODIFIER})(?:\([a-z]+\))?[ \t]+)*(?P<keyword>{_HOLDER}|{_MAKER})(?:<[^<>]*>)?[ \t]+"
    rf"(?:\([^()]*\)[ \t]*|{_ATTRIBUTE})?(?!__attribute__)[\w$.:?!]*[\w?!]"
    rf"(?:(?:<[^<>{{}}]*>)?[ \t]+for[ \t]+[\w:]+)?{_END}"
)
_TYPED = rf"(?:(?:{_MODIFIER})[ \t]+)+(?:[\w.]+(?:<[^()]*>)?(?:\[\])*\??[ \t]+)?\w+(?=[ \t]*\()"
_ASSIGNED = (
    r"(?:export[ \t]+)?(?:const|let|var)[ \t]+[\w$]+"
    r"(?=[ \t]*=[ \t]*(?:async\b|function\b|\([^()]*\)[ \t]*=>|\w+[ \t]*=>))"
)
_MEMBER = r"[\w$]+(?:\.[\w$]+)+(?=[ \t]*=[ \t]*(?:(?:async[ \t]+)?function\b|class\b|\([^()]*\)[ \t]*=>))"
_METHOD = (
    r"(?<=[ \t])(?:(?:async|static|get|set)[ \t]+|\*[ \t]*)*"
    r"(?!(?:if|for|while|switch|catch|function|return|with|super)\b)[#\w$]+"
    r"(?=[ \t]*\((?:[^()'\"]|\([^()]*\))*\)[^;{(]*\{[^}]*$)"
)
_C = r"(?!(?:else|return|typedef|using|case|goto)\b)[A-Za-z_](?:[\w \t*&:~<>,]*[ \t*&])?[\w:~]+(?=[ \t]*\([^;]*$)"
_SHELL = r"(?:function[ \t]+)?[\w-]+(?=[ \t]*\([ \t]*\))"
_R = r"[\w.]+(?=[ \t]*(?:<-|=)[ \t]*function\b)"
_SQL = (
    r"(?i:create)[ \t]+(?i:or[ \t]+replace[ \t]+)?(?i:(?:unique|temp|temporary|unlogged|materialized|recursive)[ \t]+)*"
    r"(?i:table|view|function|procedure|trigger|type|package|schema|sequence|index(?:[ \t]+concurrently)?)[ \t]+"
    r"(?i:if[ \t]+not[ \t]+exists[ \t]+)?(?i:on[ \t]+)?[\w.\"`\[\]]+"
)
_PERL = r"sub[ \t]+[\w:']+(?![^#]*;[ \t]*$)|(?<![ \t])=head[1-4][ \t]+\S.*"
_MAKE = r"(?<![ \t])(?!\.)[\w./%$(){}-]+(?:[ \t]+[\w./%$(){}-]+)*(?=[ \t]*::?(?:[ \t]|$))"
_STAGE = r"(?i:from)[ \t]+(?:--\S+[ \t]+)?\S+(?:[ \t]+(?i:as)[ \t]+\S+)?"
_KEPT = {  # suffixes whose languages have definitions of a kind of their own
    (".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".hh", ".hxx", ".cu", ".cuh", ".ino", ".m", ".mm"): (_KEYED, _C),
    (".java", ".cs", ".dart", ".groovy", ".php", ".scala", ".swift"): (_KEYED, _TYPED),
    (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".vue", ".svelte"): (
        _KEYED,
        _TYPED,
        _ASSIGNED,
        _MEMBER,
        _METHOD,
    ),
    (".sh", ".bash", ".zsh", ".ksh"): (_SHELL,),
    (".r",): (_R,),
    (".sql",): (_SQL,),
    (".pl", ".pm", ".pod"): (_KEYED.replace("|sub|", "|"), _PERL),
    (".mk",): (_MAKE,),
    (".dockerfile",): (_STAGE,),
}
_OTHERS = """
    .py .pyi .pyx .rb .go .rs .kt .kts .lua .tcl .ex .exs .erl .hrl .hs .ml .mli .clj .cljs .cljc .lisp .el .scm
    .rkt .jl .zig .nim .f90 .f95 .f03 .pas .asm .s .vb .fs .fsx .fish .ps1 .psm1 .bat .cmd .awk .sed .vim .nix .sol
    .elm .coffee .css .scss .sass .less .glsl .proto .thrift .graphql .tf .hcl .cmake .gradle .diff .patch
"""
NAMES = {  # of files that have no suffix of their language, in lower case
    "makefile": ".mk",
    "gnumakefile": ".mk",
    "dockerfile": ".dockerfile",
    "containerfile": ".dockerfile",
    "cmakelists.txt": ".cmake",
    "gemfile": ".rb",
    "rakefile": ".rb",
    "vagrantfile": ".rb",
    "jenkinsfile": ".groovy",
}
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
_POD = re.compile(r"=head([1-4])[ \t]+(.*)")  # a heading of the manual that a Perl module holds
_PACKED = (".js", ".mjs", ".cjs", ".css")
_LONGEST = 2000  # code points of a line; no person writes a longer one


class CodeParser:
    name = "code"
    label = "source code"
    version = "3"
    suffixes = tuple(sorted({*_PATTERNS, *_OTHERS.split()}))

    def parse(self, data: bytes, *, name: str) -> Parsed:
        path = PurePath(name.lower())
        suffix = NAMES.get(path.name, path.suffix)
        if suffix not in self.suffixes:
            suffix = suffix_of(data[:HEAD]) or ""
        packed = 0

        def unpacked(line: str) -> str:
            """The line, unless a program has packed it: such a one would only fill the index."""
            nonlocal packed
            if len(line) <= _LONGEST or suffix not in _PACKED:
                return line
            packed += 1
            return ""

        parsed = read_listing(data, name, partial(_definitions, _PATTERNS.get(suffix, _COMMON)), unpacked)
        told = f"{packed} lines of more than {_LONGEST} characters are minified and were left out."
        return replace(parsed, remarks=(*parsed.remarks, told)) if packed else parsed


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
        holds = _POD.match(line) if keyword is None else re.fullmatch(_HOLDER, keyword)
        holders.append((indent, holds is not None))
        if len(holders) <= _DEEPEST:
            start = _first_above(lines, index, free)
            free = index + 1
            yield start, len(holders), label


def _parts(found: re.Match[str]) -> tuple[int, str]:
    groups = found.groupdict()
    number = next(n for n in range(len(groups)) if groups.get(f"name{n}") is not None)
    label = " ".join(groups[f"name{number}"].split())
    if (manual := _POD.match(label)) is not None:
        return int(manual[1]) - 1, manual[2]
    return len(groups[f"indent{number}"].expandtabs(4)), label


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
