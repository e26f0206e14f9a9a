"""Links of wikitext become what a reader sees of them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

FILES = ("file", "image", "media")
CATEGORIES = ("category",)

_BRACKETS = re.compile(r"\[\[|\]\]")
_DEEPEST = 20  # captions hold links, and links hold no more
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z]{2,10}){0,3}")
_OPTION = re.compile(
    r"(?:thumb(?:nail)?|frame(?:d|less)?|border|left|right|cent(?:er|re)|none|upright|baseline|middle|sub|super|"
    r"text-(?:top|bottom)|top|bottom|\d{0,5}(?:x\d{1,5})?px|\w{1,10}=.*)",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(slots=True)
class Links:
    """Names that the links of one page are known by, and the categories that they put it in.

    `files` and `categories` are the names of the namespaces, in lower case: each wiki has them in its language too.
    """

    files: Collection[str] = FILES
    categories: Collection[str] = CATEGORIES
    found: list[str] = field(default_factory=list)

    def shown(self, text: str) -> str:
        """The text with the text of its links. What is never closed stays."""
        open_parts: list[list[str]] = [[]]
        at = 0
        for bracket in _BRACKETS.finditer(text):
            open_parts[-1] += filter(None, [text[at : bracket.start()]])
            at = bracket.end()
            if bracket[0] == "[[" and len(open_parts) <= _DEEPEST:
                open_parts.append([])
            elif bracket[0] == "]]" and len(open_parts) > 1:
                content = "".join(open_parts.pop())
                open_parts[-1] += filter(None, [self._link(content, begins=_begins(open_parts))])
            else:
                open_parts[-1].append(bracket[0])
        open_parts[-1].append(text[at:])
        return "[[".join("".join(parts) for parts in open_parts)

    def _link(self, content: str, *, begins: bool) -> str:
        """The text of a link. `begins`: it stands at the beginning of a line."""
        target, bar, label = content.partition("|")
        target = target.strip()
        space, colon, name = target.partition(":")
        space = space.strip().lower()
        if colon and space in self.files:
            caption = _caption(label.split("|"))
            return f"\n\n{caption}\n\n" if caption and begins else ""
        if colon and space in self.categories:
            self.found.append(" ".join(name.replace("_", " ").split()))
            return ""
        if colon and not bar and begins and _LANGUAGE.fullmatch(space):  # the page in another language
            return ""
        return label if label.strip() else target.lstrip(":").strip()


def _begins(parts: Sequence[Sequence[str]]) -> bool:
    return len(parts) == 1 and (not parts[0] or parts[0][-1].endswith("\n"))


def _caption(options: Sequence[str]) -> str:
    """The last of a file's options if it is a sentence for readers."""
    last = " ".join(options[-1].split())
    return "" if _OPTION.fullmatch(last) else last
