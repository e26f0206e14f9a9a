"""Marks of list items: a dash, or the number that a browser shows."""

from __future__ import annotations

from lxml import html

from indexer.parsers.numerals import Style, numeral

_STYLES: dict[str, Style] = {"a": "letter", "i": "roman"}
_DIGITS = 9


class Items:
    """Counts the items of the lists that are open."""

    def __init__(self) -> None:
        self._lists: list[tuple[html.HtmlElement, int, int]] = []  # the next number, and the step to the one after it

    def begin(self, element: html.HtmlElement) -> None:
        """A list begins."""
        step = 1 if element.get("reversed") is None else -1
        usual = 1 if step > 0 else sum(item.tag == "li" for item in element)
        self._lists.append((element, _number(element.get("start"), usual), step))

    def end(self) -> None:
        """The innermost list ends."""
        if self._lists:
            self._lists.pop()

    def mark(self, item: html.HtmlElement) -> str:
        """The mark before an item of the innermost list."""
        if not self._lists or self._lists[-1][0].tag != "ol":
            return "- "
        element, number, step = self._lists[-1]
        number = _number(item.get("value"), number)
        self._lists[-1] = element, number + step, step
        kind = element.get("type") or ""
        written = numeral(number, _STYLES.get(kind.lower(), "decimal"))
        return f"{written.upper() if kind.isupper() else written}. "


def _number(text: str | None, usual: int) -> int:
    """The number that an attribute says, which is short."""
    text = (text or "").strip()
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) <= _DIGITS else usual
