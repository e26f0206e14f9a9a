"""Makes tables of what is laid out as one by other elements, and lines of what is no table."""

from __future__ import annotations

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
_SIGNATURES = "//table[@class='memname' or @class='mlabels']"
_GRIDS = "//div[contains(@class, '-column-')]"
_COLUMNS = {
    "two-column-summary": 2,
    "two-column-release-summary": 2,
    "three-column-summary": 3,
    "four-column-summary": 4,
}

Element: TypeAlias = html.HtmlElement


def restore_tables(tree: Element) -> None:
    """Mark up as tables what is one by its roles, or is a summary of Javadoc; read Doxygen's declarations, each a table
    with a cell for each parameter, as lines.
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
