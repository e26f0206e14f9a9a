r"""LaTeX: sections, paragraphs, lists, tables, code; mathematics as it is written.

A light reader that expands no macros, but for those without arguments that stand for plain text. Of a command that it
does not know, the arguments are text. What stands before `\begin{document}` is read for title, author and date.
"""

from __future__ import annotations

import re

from indexer.parsers.base import Parsed
from indexer.parsers.decoding import decode_lines
from indexer.parsers.markup import texnames as names
from indexer.parsers.markup.definitions import Definitions
from indexer.parsers.markup.textext import TexText
from indexer.parsers.metadata import typed_fields

_TOKEN = re.compile(
    r"""(?P<text>[^\\{}$&~%\n\[\]]++) | (?P<comment>%[^\n]*+)
      | (?P<blank>\n[ \t]*\n\s*)
      | \\(?P<edge>begin|end)[ \t]*\{(?P<environment>[^{}\n]{0,60})\}
      | \\label[ \t]*\{(?P<label>[^{}\n]{0,200})\}
      | \\(?:[A-Za-z]{0,10}cite[A-Za-z]{0,12})\*?(?:\[[^\[\]\n]{0,200}\]){0,2}[ \t]*\{(?P<cited>[^{}]{0,500})\}
      | \\(?:auto|c|C|page|eq|name|v|full|sub)?ref\*?[ \t]*\{(?P<reference>[^{}\n]{0,200})\}
      | \\(?:url|path|nolinkurl)[ \t]*\{(?P<url>[^{}\n]{0,2000})\}
      | \\(?:verb|lstinline|mintinline(?:\{\w+\})?)\*?(?P<fence>[^\w\s*{\\])(?P<verbatim>[^\n]{0,500}?)(?P=fence)
      | \\(?:def|gdef|edef|let)[ \t]*(?P<defined>\\[A-Za-z@]{1,60})[^{}\n\\]{0,60}
      | (?P<display>\$\$|\\\[) | (?P<inline>\$|\\\()
      | \\(?P<command>[A-Za-z@]+)\*?(?P<space>[ \t]*)
      | \\(?P<symbol>[^A-Za-z])
      | (?P<sign>[{}&~\[\]])
      | (?P<rest>[\s\S])""",
    re.VERBOSE,
)
_MACRO = re.compile(r"\\(?:newcommand|renewcommand|def)\*?[ \t]*\{?\\([A-Za-z]{1,60})\}?[ \t]*\{([^{}\\#$%]{1,200})\}")
_SECTION = re.compile(rf"\\({'|'.join(names.SECTIONS)})\*?[ \t]*[\[{{]")
_CLOSES = {"$$": "$$", r"\[": r"\]", "$": "$", r"\(": r"\)"}
_LONGEST_FORMULA = 5000  # code points; a dollar sign that is none opens no longer one


class LatexParser:
    name = "latex"
    label = "LaTeX"
    version = "3"
    suffixes = (".tex", ".latex", ".ltx")

    def parse(self, data: bytes, *, name: str) -> Parsed:
        remarks: list[str] = []
        source = "\n".join(decode_lines(data, remarks=remarks))
        text = TexText(_levels(source), Definitions(dict(_MACRO.findall(source))), r"\begin{document}" in source)
        _read(source, text)
        title = text.fields.pop("title", None)
        return text.builder.parsed(
            title or text.builder.first_heading(), name=name, metadata=typed_fields(text.fields), remarks=remarks
        )


def _levels(source: str) -> dict[str, int]:
    """The level of each section command, counted over those that the file uses."""
    used = set(_SECTION.findall(source))
    return {
        name: min(1 + sum(above in used for above in names.SECTIONS[:place]), 6)
        for place, name in enumerate(names.SECTIONS)
    }


def _read(source: str, text: TexText) -> None:
    """Tells `text` what comes in the source; what is verbatim is cut out of it as it is."""
    unclosed: set[str] = set()  # ends that do not come again
    line, counted, at = 1, 0, 0

    def until(end: str, start: int, longest: int | None = None) -> int | None:
        if end in unclosed:
            return None
        found = source.find(end, start, None if longest is None else start + longest)
        if found < 0 and longest is None:
            unclosed.add(end)
        return found if found >= 0 else None

    while token := _TOKEN.match(source, at):
        line += source.count("\n", counted, at)
        counted, at = at, token.end()
        environment = (token["environment"] or "").strip()
        bare = environment.rstrip("*")
        opening = token["display"] or token["inline"]
        if token["edge"] == "begin" and (bare in names.VERBATIM | names.MATHEMATICS or bare == "comment"):
            end = until(f"\\end{{{environment}}}", at)
            if end is not None:
                text.block(
                    line,
                    source[at:end],
                    "comment" if bare == "comment" else "code" if bare in names.VERBATIM else "math",
                )
                at = end + len(f"\\end{{{environment}}}")
                continue
        if opening:
            closing = _CLOSES[opening]
            end = until(closing, at, _LONGEST_FORMULA)
            if end is not None and "\n\n" not in source[at:end]:
                if token["display"]:
                    text.block(line, source[at:end], "math")
                else:
                    text.words(line, source[at:end].strip())
                at = end + len(closing)
            continue
        if token["command"] == "iffalse" and (end := until("\\fi", at)) is not None:
            at = end + 3
            continue
        at = text.take(token, line, source)
        if text.ended:
            break
    text.flush()
