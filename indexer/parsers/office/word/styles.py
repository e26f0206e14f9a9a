"""Meanings of a Word document's styles for its structure: headings, the title, tables of contents."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from indexer.parsers.office.xml import attribute, child, children

_HEADING = re.compile(r"(?:heading|überschrift|titre|título|titolo|kop)[ _]?([1-9])", re.IGNORECASE)
_CONTENTS = re.compile(r"toc[ _]?[1-9]", re.IGNORECASE)
_CHAIN = 20  # styles that are based on each other
_BODY = 9  # the outline level of what is no heading
_OFF = ("0", "false", "off")


@dataclass(frozen=True, slots=True)
class Style:
    name: str
    based_on: str
    outline: int | None
    numbering: str  # the id of its list, "" for none
    numbering_level: int | None


class Styles:
    """The paragraph styles by id."""

    def __init__(self, root: etree._Element | None) -> None:
        self._styles = {
            attribute(style, "styleId"): _style(style)
            for style in (children(root, "style") if root is not None else ())
        }
        self._chains: dict[str, list[tuple[str, Style]]] = {}

    def level(self, paragraph: etree._Element) -> int | None:
        """Which level of heading the paragraph is, from 1; None if it is none."""
        outline = _outline(child(paragraph, "pPr"))
        if outline is not None:
            return outline + 1 if outline < _BODY else None
        for style in self._chain(style_id(paragraph)):
            if style.outline is not None:
                return style.outline + 1 if style.outline < _BODY else None
            if heading := _HEADING.fullmatch(style.name):
                return int(heading[1])
        return None

    def is_title(self, paragraph: etree._Element) -> bool:
        return any(style.name.lower() == "title" for style in self._chain(style_id(paragraph)))

    def is_contents(self, paragraph: etree._Element) -> bool:
        """Whether it is a line of a table of contents, which only repeats headings."""
        return any(_CONTENTS.fullmatch(style.name) for style in self._chain(style_id(paragraph)))

    def numbering(self, paragraph: etree._Element) -> tuple[str, int | None, str]:
        """The list that the paragraph's style puts it in ("" for none), the level there, and the style that does."""
        level = None
        for identifier, style in self._named_chain(style_id(paragraph)):
            level = style.numbering_level if level is None else level
            if style.numbering:
                return style.numbering, level, identifier
        return "", None, ""

    def _chain(self, identifier: str) -> list[Style]:
        return [style for _, style in self._named_chain(identifier)]

    def _named_chain(self, identifier: str) -> list[tuple[str, Style]]:
        """The style, what it is based on, and so on."""
        if identifier in self._chains:
            return self._chains[identifier]
        chain = self._chains[identifier] = []
        while identifier and len(chain) < _CHAIN:
            style = self._styles.get(identifier, Style(identifier, "", None, "", None))
            chain.append((identifier, style))
            identifier = style.based_on
        return chain


def style_id(paragraph: etree._Element) -> str:
    """The id of a paragraph's style; "" for the default one."""
    return attribute(child(paragraph, "pPr", "pStyle"), "val")


def is_on(element: etree._Element | None) -> bool:
    """Whether a switch is there and on."""
    return element is not None and attribute(element, "val").lower() not in _OFF


def _style(style: etree._Element) -> Style:
    properties = child(style, "pPr")
    level = attribute(child(properties, "numPr", "ilvl"), "val")
    return Style(
        attribute(child(style, "name"), "val"),
        attribute(child(style, "basedOn"), "val"),
        _outline(properties),
        attribute(child(properties, "numPr", "numId"), "val"),
        int(level) if level.isdecimal() else None,
    )


def _outline(properties: etree._Element | None) -> int | None:
    level = attribute(child(properties, "outlineLvl"), "val")
    return int(level) if level.isdecimal() else None
