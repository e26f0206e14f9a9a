"""The numbers that Word puts before paragraphs ("4.2", "(b)"): they stand nowhere in the text, and are cited."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from indexer.parsers.numerals import Style, numeral
from indexer.parsers.office.word.styles import Styles, style_id
from indexer.parsers.office.xml import attribute, child, children

BULLET = "-"
_PLACE = re.compile(r"%([1-9])")
_LEVELS = 9
_STYLES: tuple[Style, ...] = ("letter", "roman")


@dataclass(frozen=True, slots=True)
class _Level:
    format: str
    text: str
    start: int
    style: str


class Numbering:
    """Counts the numbered paragraphs of one document, which come in order."""

    def __init__(self, root: etree._Element | None, styles: Styles) -> None:
        self._styles = styles
        self._lists: dict[str, dict[int, _Level]] = {}
        self._abstract: dict[str, str] = {}  # lists that share their definition go on counting together
        self._counts: dict[str, list[int | None]] = {}
        if root is None:
            return
        abstract = {attribute(item, "abstractNumId"): item for item in children(root, "abstractNum")}
        styled = {attribute(child(item, "styleLink"), "val"): item for item in abstract.values()}
        for name, item in abstract.items():  # a list may be that of a style
            abstract[name] = styled.get(attribute(child(item, "numStyleLink"), "val") or "-", item)
        for item in children(root, "num"):
            name, shared = attribute(item, "numId"), attribute(child(item, "abstractNumId"), "val")
            levels = _levels(abstract.get(shared))
            overridden = {level: value for override in children(item, "lvlOverride") for level, value in _own(override)}
            self._lists[name] = levels | overridden
            self._abstract[name] = f"{name}/" if overridden or attribute(child(item, "lvlOverride"), "ilvl") else shared

    def label(self, paragraph: etree._Element) -> tuple[str, int] | None:
        """The label before the paragraph, BULLET for any bullet, and its level from 0; None if it is in no list."""
        found = self._place(paragraph)
        if found is None:
            return None
        name, number = found
        levels = self._lists.get(name, {})
        level = levels.get(number)
        if level is None:
            return BULLET, number
        counts = self._counts.setdefault(self._abstract.get(name, name), [None] * _LEVELS)
        counts[number] = level.start if counts[number] is None else (counts[number] or 0) + 1
        counts[number + 1 :] = [None] * (_LEVELS - number - 1)
        if level.format in ("bullet", "none") and not _PLACE.search(level.text):
            return (BULLET if level.format == "bullet" else level.text.strip()), number
        legal = level.format

        def shown(place: re.Match[str]) -> str:
            index = int(place[1]) - 1
            other = levels.get(index)
            count = counts[index] if counts[index] is not None else (other.start if other else 1)
            return _written(count or 0, other.format if other else legal)

        return _PLACE.sub(shown, level.text).strip(), number

    def _place(self, paragraph: etree._Element) -> tuple[str, int] | None:
        """The list and the level of a paragraph, its own or its style's."""
        own = child(paragraph, "pPr", "numPr")
        name = attribute(child(own, "numId"), "val")
        written = attribute(child(own, "ilvl"), "val")
        level = int(written) if written.isdecimal() else None
        if not name:
            name, from_style, style = self._styles.numbering(paragraph)
            level = from_style if level is None else level
            if level is None and name:
                level = next((at for at, value in self._lists.get(name, {}).items() if value.style == style), 0)
        elif level is None:
            style = style_id(paragraph)
            level = next((at for at, value in self._lists.get(name, {}).items() if style and value.style == style), 0)
        if name in ("", "0"):  # 0 takes the paragraph out of its style's list
            return None
        return name, min(level or 0, _LEVELS - 1)


def _levels(item: etree._Element | None) -> dict[int, _Level]:
    return dict(_level(level) for level in children(item, "lvl")) if item is not None else {}


def _own(override: etree._Element) -> list[tuple[int, _Level]]:
    level = child(override, "lvl")
    return [_level(level)] if level is not None else []


def _level(level: etree._Element) -> tuple[int, _Level]:
    number, start = attribute(level, "ilvl"), attribute(child(level, "start"), "val")
    return min(int(number) if number.isdecimal() else 0, _LEVELS - 1), _Level(
        attribute(child(level, "numFmt"), "val") or "decimal",
        attribute(child(level, "lvlText"), "val"),
        int(start) if start.isdecimal() else 1,
        attribute(child(level, "pStyle"), "val"),
    )


def _written(number: int, style: str) -> str:
    if style == "decimalZero":
        return f"{number:02}"
    for kind in _STYLES:
        if style in (f"lower{kind.title()}", f"upper{kind.title()}"):
            return numeral(number, kind) if style.startswith("lower") else numeral(number, kind).upper()
    return str(number)
