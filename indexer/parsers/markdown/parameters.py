"""Parameters of shortcodes, components, includes and code fences whose values a reader of the page sees."""

from __future__ import annotations

import re
from collections.abc import Iterator

# `title="..."` of a shortcode or component, `title={"..."}` of JSX, `title: "..."` in an object of JavaScript.
_SHOWN = re.compile(
    r"(?<![\w.$-])[\"']?(title|label|header|heading|caption|summary|alt|description|text|content|name)[\"']?\s*+[=:]\s*+"
    r"\{?\s*+(?:\"([^\"]*)\"|'([^']*)'|`([^`]*)`)",
    re.IGNORECASE,
)
_WORD_CHARACTER = re.compile(r"[^\W_]")


def shown(source: str, leave: frozenset[str] = frozenset()) -> list[str]:
    """The values, in their order and each once, of those parameters in a tag's source that are for readers."""
    return list(dict.fromkeys(_values(source, leave)))


def _values(source: str, leave: frozenset[str]) -> Iterator[str]:
    for found in _SHOWN.finditer(source):
        value = " ".join((found[2] or found[3] or found[4] or "").split())
        if found[1].lower() not in leave and _WORD_CHARACTER.search(value):
            yield value
