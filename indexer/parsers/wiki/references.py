"""References of wikitext: what a page cites, as the text that stands for it."""

from __future__ import annotations

import re

_TEMPLATE = re.compile(r"\{\{([^{}]{0,5000}+)\}\}")
_LINK = re.compile(r"\[\[([^\[\]|]{0,500}+)\|([^\[\]]{0,500}+)\]\]")  # its bar parts no values
_COMMENT = re.compile(r"<!--.{0,500}?-->", re.DOTALL)
_DEEPEST = 4  # templates in templates
_ADDRESS = re.compile(r"\s*(?:https?:)?//\S+\s*")


def reference_text(source: str) -> str:
    """The wikitext of a reference, with the values of its templates in the place of these: author, title, publisher."""
    source = _COMMENT.sub("", source)
    for _ in range(_DEEPEST):
        source, count = _TEMPLATE.subn(_values, source)
        if not count:
            break
    text = " ".join(_TEMPLATE.sub("", source).split())
    return text if any(map(str.isalnum, text)) else ""


def _values(template: re.Match[str]) -> str:
    """The values that are words for readers: no addresses, no numbers and no switches, which are in lower case."""
    _, *fields = _LINK.sub(r"\2", template[1]).split("|")
    values = (" ".join(field.partition("=")[2].split()) if "=" in field else field.strip() for field in fields)
    return ", ".join(filter(_is_said, values))


def _is_said(value: str) -> bool:
    return not _ADDRESS.fullmatch(value) and any(letter.isalpha() and not letter.islower() for letter in value)
