"""The words in charts and in SmartArt, which Word and PowerPoint keep in parts of their own."""

from __future__ import annotations

import re

from lxml import etree

from indexer.parsers.builder import TextBuilder
from indexer.parsers.decoding import clean
from indexer.parsers.office.package import Package
from indexer.parsers.office.tables import add_table
from indexer.parsers.office.xml import attribute, child, children, descendants, local, text_of

_POINTS = 2000  # of one chart
_FILE = re.compile(r"\\|\.(?:jpe?g|png|gif|bmp|tiff?|[ew]mf|svg)$", re.IGNORECASE)


def picture_words(element: etree._Element | None) -> str:
    """Words written for those who cannot see the picture; "" for a file's name, which programs put there."""
    words = clean(" ".join(attribute(element, "descr").split()))
    return words if " " in words and _FILE.search(words) is None else ""


def add_drawing(builder: TextBuilder, package: Package, part: str, element: etree._Element) -> None:
    """Append the words of a chart or a diagram that `element` of a part refers to."""
    is_chart = local(element) == "chart"
    relation = package.relations(part).get(attribute(element, "id" if is_chart else "dm"))
    root = package.xml(relation.target) if relation else None
    if root is not None and is_chart:
        _chart(builder, root)
    elif root is not None:
        builder.add(clean("\n".join(_diagram(root))))


def _chart(builder: TextBuilder, root: etree._Element) -> None:
    """Titles, then a table: a row for each category, a column for each series."""
    titles = [title for found in descendants(root, "title") if (title := _words(found))]
    builder.add(clean("\n".join(titles)))
    series = list(descendants(root, "ser"))
    columns = [_points(one, "val", "yVal") for one in series]
    categories: dict[int, str] = {}
    for one in series:
        categories |= _points(one, "cat", "xVal")
    places = sorted({*categories, *(place for column in columns for place in column)})[:_POINTS]
    head = ["", *(_words(child(one, "tx")) for one in series)]
    rows = ([categories.get(place, ""), *(column.get(place, "") for column in columns)] for place in places)
    add_table(builder, [head, *rows])


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
