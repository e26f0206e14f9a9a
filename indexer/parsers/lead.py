"""Paragraphs of what front matter says of a page's subject, that are searched with the page's text.

`description`, `summary`, `abstract`, `excerpt` and `subtitle` are sentences: each is a paragraph. `tags`, `keywords`,
`categories` and `aliases` are words: a paragraph for each field, after its name. They follow the page's first heading
or begin its text, so that they are part of one passage and no more; all of them stay metadata too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.types import MetadataValue

_SENTENCES = ("subtitle", "description", "summary", "abstract", "excerpt")
_WORDS = ("aliases", "tags", "keywords", "categories")


def lead_of(metadata: Mapping[str, MetadataValue]) -> tuple[str, ...]:
    """The paragraphs, each once. Addresses are none of them: Hugo's `aliases` are where a page once was."""
    named = {name.lower(): value for name, value in metadata.items()}
    return tuple(dict.fromkeys(_paragraphs(named)))


def _paragraphs(named: Mapping[str, MetadataValue]) -> Iterator[str]:
    for name in _SENTENCES:
        value = named.get(name)
        if isinstance(value, str):
            yield " ".join(value.split())
    for name in _WORDS:
        value = named.get(name)
        words = value.split(",") if isinstance(value, str) else value if isinstance(value, tuple) else ()
        kept = [word.strip() for word in words if word.strip() and not _is_address(word.strip())]
        if kept:
            yield f"{name}: {', '.join(kept)}"


def _is_address(word: str) -> bool:
    return word.startswith(("/", "./", "../")) or "://" in word
