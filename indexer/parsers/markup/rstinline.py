"""Inline marks of reStructuredText, less all but their text. Line breaks stay where they are."""

from __future__ import annotations

import re

from indexer.parsers.markup.breaks import keeping_lines
from indexer.parsers.markup.definitions import Definitions

_ROLE = re.compile(r"(?<![\w:`]):(?P<role>[a-zA-Z][\w.+:-]{0,60}):`(?P<text>(?:[^`\\]|\\[\s\S]){1,2000}+)`")
_MARKED = re.compile(
    r"""``(?P<literal>[^`](?:(?!``)[\s\S]){0,2000}+)``
      | (?<!\w)_?`(?P<phrase>(?:[^`\\]|\\[\s\S]){1,2000}+)`(?::[a-zA-Z][\w.+:-]{0,60}:|__?)?
      | (?<![\w*])(?P<stars>\*\*?)(?=[^\s*])(?P<strong>(?:[^*\\]|\\[\s\S]){1,2000}+)(?P=stars)(?![\w*])
      | (?<!\w)\|(?P<name>[^\s|](?:[^|\n]{0,200}+))\|_{0,2}
      | (?<![\w`])\[(?P<note>\#?[\w-]{0,60}|\*)\]_(?!\w)
      | (?<![\w.`/])(?P<word>[^\W_](?:[\w.+-]{0,60}[^\W_])?)__?(?![\w`])
      | \\(?P<escaped>[\s\S])""",
    re.VERBOSE,
)
_TARGET = re.compile(r"(?P<text>[\s\S]*?)\s*<(?P<target>[^<>]+)>$")
_SERIES = {"pep": "PEP ", "rfc": "RFC ", "cve": "CVE-", "cwe": "CWE-"}


def without_marks(text: str, substitutions: Definitions) -> str:
    """The text of roles, links, emphasis and literals; of a role that is not known, too. Substitutions are made."""

    @keeping_lines
    def role(found: re.Match[str]) -> str:
        return _role(found["role"], _unescaped(found["text"]))

    @keeping_lines
    def marked(found: re.Match[str]) -> str:
        if found["literal"] is not None:
            return found["literal"]
        if found["name"] is not None:
            return substitutions.get(" ".join(found["name"].split()).lower(), found["name"])
        if found["note"] is not None:
            return f"[{found['note']}]"
        if found["word"] is not None:
            return found["word"]
        if found["escaped"] is not None:
            return found["escaped"] if not found["escaped"].isspace() else "\n" if found["escaped"] == "\n" else ""
        return _reference(_unescaped(found["phrase"] or found["strong"] or ""))

    # Literals may hold what looks like a role: those inside of them are found first.
    parts = re.split(r"(``[^`](?:(?!``)[\s\S]){0,2000}+``)", text)
    parts[::2] = (_ROLE.sub(role, part) for part in parts[::2])
    return _MARKED.sub(marked, "".join(parts))


def _role(name: str, text: str) -> str:
    name = name.rpartition(":")[2].lower()
    if target := _TARGET.match(text):
        return target["text"] or target["target"]
    if name in _SERIES:
        return _SERIES[name] + text.partition("#")[0]
    return text.rpartition(".")[2] if text.startswith("~") else text.lstrip("!")


def _reference(text: str) -> str:
    target = _TARGET.match(text)
    return target["text"] or target["target"] if target else text


def _unescaped(text: str) -> str:
    return re.sub(r"\\([\s\S])", lambda found: "" if found[1] == " " else found[1], text)
