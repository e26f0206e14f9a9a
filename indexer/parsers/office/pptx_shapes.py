"""The shapes of a slide, out of their groups, in the order in which they are read: from the top, left to right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from lxml import etree

from indexer.parsers.office.drawings import picture_words
from indexer.parsers.office.package import Package
from indexer.parsers.office.xml import attribute, child, children, descendants, local

_TITLES = ("title", "ctrTitle")
_NUMBERS = ("sldNum", "dt")  # what the program writes on each slide
_BULLETED = ("", "body", "obj", "subTitle")  # placeholders whose paragraphs are points
_ROW = 300_000  # EMU, a third of an inch: what begins as high as that stands in one row
_MAX_INDENT = 8

Place = tuple[int, int]  # top and left, in EMU


@dataclass(frozen=True, slots=True)
class Shape:
    """Something with words in it. `place` is None where neither the slide nor its layout tells it."""

    element: etree._Element
    kind: Literal["text", "table", "drawing"]
    place: Place | None
    is_title: bool = False
    is_footer: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """The part of a slide that its layout and that one's master give: where placeholders stand, by number and by type,
    and the words that stand on every slide.
    """

    places: dict[str, Place]
    words: list[str]


class Layouts:
    """The layouts of a presentation; each is read once."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._layouts: dict[str, Layout] = {}

    def of_slide(self, part: str) -> Layout:
        name = next(iter(self._package.related(part, "slideLayout")), "")
        if name not in self._layouts:
            layout = self._layouts[name] = Layout({}, [])
            masters = self._package.related(name, "slideMaster") if name else []
            for source in (*masters[:1], *filter(None, [name])):
                root = self._package.xml(source)
                if root is not None:
                    layout.places.update(_placeholders(root))
                    layout.words.extend(_words(root))
        return self._layouts[name]


def _words(layout: etree._Element) -> Iterator[str]:
    """The texts that are no examples of what to write in a placeholder."""
    for shape in descendants(layout, "sp"):
        if child(shape, "nvSpPr", "nvPr", "ph") is None:
            yield " ".join(frame_lines(shape))


def _placeholders(layout: etree._Element) -> dict[str, Place]:
    found: dict[str, Place] = {}
    for shape in descendants(layout, "sp"):
        placeholder = child(shape, "nvSpPr", "nvPr", "ph")
        place = _place(child(shape, "spPr", "xfrm"))
        if placeholder is not None and place is not None:
            found.setdefault(_type(placeholder), place)
            if index := attribute(placeholder, "idx"):
                found[index] = place
    return found


def _type(placeholder: etree._Element) -> str:
    kind = attribute(placeholder, "type") or "body"
    return "title" if kind in _TITLES else kind


def shapes_of(slide: etree._Element, layout: Layout) -> list[Shape]:
    """The shapes of a slide in reading order."""
    tree = child(slide, "cSld", "spTree")
    return _ordered(list(_shapes(tree, layout.places, None)) if tree is not None else [])


def _shapes(group: etree._Element, places: dict[str, Place], above: Place | None) -> Iterator[Shape]:
    for element in group:
        name = local(element)
        if name == "grpSp":  # the places inside are of the group's own measure
            yield from _shapes(element, places, above or _place(child(element, "grpSpPr", "xfrm")))
        elif name == "AlternateContent":
            for form in list(element)[:1]:
                yield from _shapes(form, places, above)
        elif name in ("sp", "pic", "cxnSp"):
            yield from _shape(element, places, above)
        elif name == "graphicFrame":
            yield from _graphic(element, above)


def _shape(element: etree._Element, places: dict[str, Place], above: Place | None) -> Iterator[Shape]:
    placeholder = next(descendants(element, "ph"), None)
    kind = attribute(placeholder, "type")
    if placeholder is not None and kind in _NUMBERS:
        return
    place = above or _place(child(element, "spPr", "xfrm"))
    if place is None and placeholder is not None:
        place = places.get(attribute(placeholder, "idx")) or places.get(_type(placeholder))
    yield Shape(element, "text", place, is_title=kind in _TITLES, is_footer=kind == "ftr")


def _graphic(element: etree._Element, above: Place | None) -> Iterator[Shape]:
    place = above or _place(child(element, "xfrm"))
    for found in descendants(element, "tbl", "chart", "relIds"):
        yield Shape(found, "table" if local(found) == "tbl" else "drawing", place)


def _place(transform: etree._Element | None) -> Place | None:
    offset = child(transform, "off")
    try:
        return int(attribute(offset, "y")), int(attribute(offset, "x"))
    except ValueError:
        return None


def _ordered(shapes: list[Shape]) -> list[Shape]:
    """Shapes by rows, from the left in each. What stands nowhere stays behind what it comes after in the file."""
    placed: list[tuple[Place, Shape]] = []
    last: Place = (0, 0)
    for shape in shapes:
        last = shape.place or last
        placed.append((last, shape))
    placed.sort(key=lambda item: item[0][0])
    ordered: list[Shape] = []
    row: list[tuple[Place, Shape]] = []
    for item in placed:
        if row and item[0][0] > row[0][0][0] + _ROW:
            ordered += (shape for _, shape in sorted(row, key=lambda one: one[0][1]))
            row = []
        row.append(item)
    return ordered + [shape for _, shape in sorted(row, key=lambda one: one[0][1])]


def frame_lines(element: etree._Element, *, dashes: bool = True) -> list[str]:
    """The paragraphs of a frame or a cell, a line each, points with a dash; what is written for a picture."""
    body = next(children(element, "txBody"), None)
    if body is None:
        words = picture_words(next(descendants(element, "cNvPr"), None))
        return [words] if words else []
    placeholder = next(descendants(element, "ph"), None)
    points = placeholder is not None and attribute(placeholder, "type") in _BULLETED
    paragraphs = [(paragraph, text) for paragraph in children(body, "p") if (text := _text(paragraph))]
    points = points and len(paragraphs) > 1
    return [f"{_dash(paragraph, points) if dashes else ''}{text}" for paragraph, text in paragraphs]


def _dash(paragraph: etree._Element, points: bool) -> str:
    properties = child(paragraph, "pPr")
    level = attribute(properties, "lvl")
    indent = min(int(level) if level.isdecimal() else 0, _MAX_INDENT)
    own = any(local(found) in ("buChar", "buAutoNum") for found in (properties if properties is not None else ()))
    plain = child(properties, "buNone") is not None
    return "  " * indent + "- " if own or (points and not plain) or (indent and not plain) else ""


def _text(paragraph: etree._Element) -> str:
    words = []
    for part in paragraph.iterdescendants():
        name = local(part)
        if name == "t":
            words.append("".join(part.itertext()))
        elif name in ("br", "tab"):
            words.append(" ")
    return " ".join("".join(words).replace("\xad", "").split())
