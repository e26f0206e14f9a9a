"""The words in charts and in SmartArt, which Word and PowerPoint keep in parts of their own."""

from __future__ import annotations

from lxml import etree

from indexer.parsers.office.package import Package
from indexer.parsers.office.xml import attribute, child, children, descendants, local, text_of

_POINTS = 2000  # of one chart


def drawing_lines(package: Package, part: str, element: etree._Element) -> list[str]:
    """The lines of a chart or a diagram that `element` of a part refers to."""
    relations = package.relations(part)
    name = "id" if local(element) == "chart" else "dm"
    relation = relations.get(attribute(element, name))
    root = package.xml(relation.target) if relation else None
    if root is None:
        return []
    return _chart(root) if local(element) == "chart" else _diagram(root)


def _chart(root: etree._Element) -> list[str]:
    """Titles, then a table: a row for each category, a column for each series."""
    titles = [title for found in descendants(root, "title") if (title := _words(found))]
    series = list(descendants(root, "ser"))
    columns = [_points(one, "val", "yVal") for one in series]
    names = [_words(child(one, "tx")) for one in series]
    categories: dict[int, str] = {}
    for one in series:
        categories |= _points(one, "cat", "xVal")
    rows = sorted({*categories, *(place for column in columns for place in column)})[:_POINTS]
    table = [" | ".join(["", *names]).strip(" |")] if any(names) else []
    table += [" | ".join([categories.get(row, ""), *(column.get(row, "") for column in columns)]) for row in rows]
    return [*titles, *(row.rstrip(" |") for row in table if row.strip(" |"))]


def _points(series: etree._Element, *names: str) -> dict[int, str]:
    """The points of a series by their place, from the child that has one of the names."""
    points: dict[int, str] = {}
    for values in series:
        for point in descendants(values, "pt") if local(values) in names else ():
            index = attribute(point, "idx")
            if index.isdecimal() and (text := text_of(child(point, "v"))):
                points.setdefault(int(index), _number(text))  # of several levels of categories the nearest
    return points


def _number(text: str) -> str:
    try:
        return f"{float(text):.6g}" if "." in text else text
    except ValueError:
        return text


def _words(element: etree._Element | None) -> str:
    """Rich text, or the text that was last computed."""
    if element is None:
        return ""
    return " ".join(text for found in descendants(element, "t", "v") if (text := text_of(found)))


def _diagram(root: etree._Element) -> list[str]:
    """The texts of the points that hold content."""
    points = child(root, "ptLst")
    paragraphs = (
        "".join("".join(text.itertext()) for text in descendants(paragraph, "t"))
        for point in (children(points, "pt") if points is not None else ())
        for paragraph in descendants(point, "p")
    )
    return [line for paragraph in paragraphs if (line := " ".join(paragraph.split()))]
