"""Formulas between dollars: kept as written, since to Markdown their `_`, `*` and `\\` would be markup.

mdit-py-plugins takes every two dollars of a line for a formula, prices and variables of a shell too. Here a span is one
only if it holds what formulas have, and its dollars stay, so that nothing is lost where it is none.
"""

from __future__ import annotations

import re

from markdown_it.rules_inline import StateInline

_SPAN = re.compile(
    r"\$\$(?!\s*+\$)((?:[^$\\]|\\.|\$(?!\$)){1,2000}?)\$\$|\$(?!\s)((?:[^$\\`\n]|\\.|\n(?!\n)){1,1000}+)(?<!\s)\$(?![\w$])",
    re.DOTALL,
)
_FORMULA = re.compile(r"\\[a-zA-Z,;!]|[_^]|[A-Za-z0-9)]\s*[=<>+*/-]\s*[A-Za-z0-9(\\-]")


def formula(state: StateInline, silent: bool) -> bool:
    """A formula in a line becomes a token of code, whose content has its dollars."""
    if state.src[state.pos] != "$":
        return False
    found = _SPAN.match(state.src, state.pos)
    if found is None or not (found[1] or _FORMULA.search(found[2])):
        return False
    if not silent:
        state.push("code_inline", "code", 0).content = found[0]
    state.pos = found.end()
    return True
