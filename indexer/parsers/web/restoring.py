"""Gives a page back the elements for what it says by roles, styles and layout: headings, blocks, tables, readings."""

from __future__ import annotations

import re
from typing import TypeAlias

from lxml import etree, html

from indexer.parsers.web.names import classes

# https://www.w3.org/TR/wai-aria/#table
_ROLES = {
    "table": "table",
    "grid": "table",
    "row": "tr",
    "cell": "td",
    "gridcell": "td",
    "columnheader": "th",
    "rowheader": "th",
}
_LEVEL = "2"  # of a heading that tells none, https://www.w3.org/TR/wai-aria/#heading
_DISPLAY = re.compile(r"(?:^|[;\s])display\s*:\s*(inline|block|flex|grid)\s*(?:!important\s*)?(?:;|$)", re.IGNORECASE)
_SIGNATURES = "//table[@class='memname' or @class='mlabels']"
_GRIDS = "//div[contains(@class, '-column-')]"
_COLUMNS = {
    "two-column-summary": 2,
    "two-column-release-summary": 2,
    "three-column-summary": 3,
    "four-column-summary": 4,
}

Element: TypeAlias = html.HtmlElement


def restore_elements(tree: Element) -> None:
    """Mark up what a page means but has other elements for."""
    for element in tree.xpath("//*[@role='heading']"):
        level = element.get("aria-level") or _LEVEL
        element.tag = f"h{min(int(level), 6)}" if level in set("123456789") else f"h{_LEVEL}"
    for element in tree.xpath("//*[@style]"):
        _restore_display(element)
    for ruby in reversed(list(tree.iter("ruby"))):  # the inner ones first
        _gather_readings(ruby)
    for fraction in tree.iter("mfrac"):
        for part in fraction[:1]:
            part.tail = "/"
    for part in tree.iter("mtd", "label"):  # cells of a matrix, names of tabs
        after = part.getnext()
        if not part.tail and after is not None and after.tag == part.tag:
            part.tail = " "
    _restore_tables(tree)


def _restore_display(element: Element) -> None:
    """A block that is shown in its line is a part of it, and a part of a line that is shown as a block is one."""
    display = _DISPLAY.search(element.get("style"))
    if display is not None and display[1].lower() == "inline":
        element.tag = "span" if element.tag in ("div", "p") else element.tag
    elif display is not None:
        element.tag = "div" if element.tag in ("span", "b", "strong", "em", "i") else element.tag


def _gather_readings(ruby: Element) -> None:
    """The readings of the characters of a word follow the word, in brackets: they tear it apart where they stand."""
    readings = [part for part in ruby.iter("rt") if part.text_content().strip()]
    spoken = "".join(part.text_content().strip() for part in readings)
    for part in [*ruby.iter("rt", "rp", "rtc")]:
        part.clear(keep_tail=True)
    if spoken:
        etree.SubElement(ruby, "span").text = f"({spoken})"


def _restore_tables(tree: Element) -> None:
    """Tables by their roles and summaries of Javadoc. Doxygen's declarations are lines, each in a table with a cell for
    every parameter.
    """
    for element in tree.iter("div", "span", "ul", "li"):
        element.tag = _ROLES.get(element.get("role") or "", element.tag)
    for grid in tree.xpath(_GRIDS):
        _make_rows(grid)
    for table in tree.xpath(_SIGNATURES):
        for part in table.iter("tbody", "tr", "td"):
            part.tag = "span"
            part.tail = f"{part.tail or ''} "
        table.tag = "div"


def _make_rows(grid: Element) -> None:
    """Javadoc's grids are cells without rows."""
    columns = next((_COLUMNS[name] for name in classes(grid) if name in _COLUMNS), 0)
    cells = list(grid)
    if not columns or any(cell.tag != "div" for cell in cells):
        return
    grid.tag = "table"
    for place, cell in enumerate(cells):
        if place % columns == 0:
            row = etree.SubElement(grid, "tr")
        cell.tag = "td"
        row.append(cell)
