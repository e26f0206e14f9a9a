"""Which name was meant where somebody wrote one that there is not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches

LONGEST = 64  # code points of a name that is shown or compared

_MEANT: Mapping[str, tuple[str, ...]] = {  # what other engines call it
    "asc": ("descending",),
    "content": ("text",),
    "desc": ("descending",),
    "direction": ("descending",),
    "index": ("collections", "collection"),
    "limit": ("k",),
    "n": ("k", "top_n"),
    "num_results": ("k",),
    "order": ("descending", "sort"),
    "per_page": ("k", "limit"),
    "q": ("query", "prefix"),
    "reverse": ("descending",),
    "search": ("query",),
    "size": ("k", "limit"),
    "texts": ("documents", "input"),
    "top_k": ("k", "top_n"),
    "topk": ("k", "top_n"),
    "value": ("equals",),
    "values": ("in",),
}


def unknown_name(name: str, known: Collection[str]) -> str:
    """A sentence about a name that is none of `known`, with the one that was probably meant."""
    meant = nearest(name, known)
    return f"There is no `{shown(name)}` here" + (f"; did you mean `{meant}`?" if meant not in (None, name) else ".")


def nearest(name: str, known: Collection[str]) -> str | None:
    """The one of `known` that was probably meant; None where nothing is like it."""
    asked = name[:LONGEST].lower().replace("-", "_").strip("_")
    for candidate in (asked, *_MEANT.get(asked, ())):
        if candidate in known:
            return candidate
    close = get_close_matches(asked, known, 1, 0.6)
    return close[0] if close else None


def listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def shown(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[:LONGEST]}…"
