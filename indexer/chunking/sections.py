"""A document's sections by its headings, small neighbours put together."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from engine.types import Heading, Locator

Path = tuple[str, ...]

_BREAK = 2  # code points between a heading and what follows it
_BY_THEMSELVES = ("slide", "sheet", "message")


@dataclass(frozen=True, slots=True)
class Section:
    """A span of a document under one heading, or several merged; `path` is what all of it stands under."""

    start: int
    end: int
    level: int  # of its first heading; 0 before any heading
    path: Path


def beginnings(locators: Sequence[Locator]) -> list[int]:
    """Where parts of a file begin that are read by themselves, as slides are and pages are not."""
    return [locator.start for locator in locators if locator.kind in _BY_THEMSELVES]


def split_sections(
    length: int, headings: Sequence[Heading], title: str, begins: Sequence[int] = (), *, apart: bool = False
) -> list[Section]:
    """Sections of a text of `length` code points, in order and without gaps.

    A path leaves out the headings that only repeat the document's title. `begins` are where what stands under no
    heading before begins, whether it has one itself or not. A heading with nothing below it but deeper ones is in the
    section of the first of these, since nobody looks for a heading alone; unless all are kept `apart`.
    """
    places: list[tuple[int, Heading | None]] = [(heading.start, heading) for heading in headings]
    places += [(begin, None) for begin in begins]
    sections: list[Section] = []
    start, level = 0, 0
    above: list[Heading] = []
    for place, heading in sorted(places, key=lambda found: (found[0], found[1] is not None)):
        if not 0 <= place < length:
            continue
        if heading is not None and not apart and _is_bare(above, start, place) and heading.level > above[-1].level:
            above = [*above, heading]
            continue
        if place > start:
            sections.append(Section(start, place, level, _path(above, title)))
        if heading is None:
            above = []
        else:
            above, level = [*(h for h in above if h.level < heading.level), heading], heading.level
        start = place
    if start < length:
        sections.append(Section(start, length, level, _path(above, title)))
    return sections


def _is_bare(above: Sequence[Heading], start: int, end: int) -> bool:
    """Whether the last heading is all that stands in a section, but for the headings that it is bare under itself."""
    return bool(above) and end <= above[-1].start + len(above[-1].text) + _BREAK and start <= above[-1].start


def merge_small(
    sections: Sequence[Section], weights: Sequence[int], small: int, limits: Sequence[int]
) -> list[Section]:
    """Neighbours merged where one of the two weighs less than `small` and both fit into the limit of the first.

    A section is never merged into one that stands deeper: an introduction belongs with what follows it, not with the
    end of the chapter before. A merged section has the path that its parts have in common, which is true of all of it;
    the headings themselves are in the text.
    """
    merged: list[Section] = []
    weight = limit = 0  # of the last of `merged`
    for section, own_weight, own_limit in zip(sections, weights, limits, strict=True):
        fits = min(weight, own_weight) < small and weight + own_weight <= limit
        if merged and fits and section.level >= merged[-1].level:
            last = merged[-1]
            merged[-1] = Section(last.start, section.end, last.level, common_path([last.path, section.path]))
            weight += own_weight
        else:
            merged.append(section)
            weight, limit = own_weight, own_limit
    return merged


def headings_inside(start: int, end: int, headings: Sequence[Heading], title: str, path: Path) -> tuple[str, ...]:
    """The headings that begin in [start, end), in order, each once, less the title and what the path has already.

    `headings` are sorted by where they start.
    """
    first, last = (bisect_left(headings, place, key=lambda heading: heading.start) for place in (start, end))
    if first == last:
        return ()
    said = {title.strip().casefold(), *(name.strip().casefold() for name in path)}
    names = dict.fromkeys(h.text for h in headings[first:last] if h.text.strip().casefold() not in said)
    return tuple(names)


def common_path(paths: Sequence[Path]) -> Path:
    """The longest path that all of them begin with."""
    levels = zip(*paths)  # noqa: B905  the common path ends with the shortest
    return tuple(names[0] for names in takewhile(lambda names: len(set(names)) == 1, levels))


def _path(above: Sequence[Heading], title: str) -> Path:
    said = title.strip().casefold()
    return tuple(heading.text for heading in above if heading.text.strip().casefold() != said)
