"""A document's sections by its headings, small neighbours put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from engine.types import Heading

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A span of a document under one heading, or several merged; `path` is what all of it stands under."""

    start: int
    end: int
    level: int  # of its first heading; 0 before any heading
    path: Path


def split_sections(length: int, headings: Sequence[Heading], title: str) -> list[Section]:
    """Sections of a text of `length` code points, in order and without gaps.

    A path leaves out the headings that only repeat the document's title.
    """
    ordered = sorted((h for h in headings if 0 <= h.start < length), key=lambda heading: heading.start)
    sections: list[Section] = []
    start, level = 0, 0
    above: list[Heading] = []
    for heading in ordered:
        if heading.start > start:
            sections.append(Section(start, heading.start, level, _path(above, title)))
        above = [*(h for h in above if h.level < heading.level), heading]
        start, level = heading.start, heading.level
    if start < length:
        sections.append(Section(start, length, level, _path(above, title)))
    return sections


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
    """The headings that begin in [start, end), in order, each once, less the title and what the path has already."""
    said = {title.strip().casefold(), *(name.strip().casefold() for name in path)}
    inside = sorted((heading for heading in headings if start <= heading.start < end), key=lambda h: h.start)
    names = dict.fromkeys(heading.text for heading in inside if heading.text.strip().casefold() not in said)
    return tuple(names)


def common_path(paths: Sequence[Path]) -> Path:
    """The longest path that all of them begin with."""
    levels = zip(*paths)  # noqa: B905  the common path ends with the shortest
    return tuple(names[0] for names in takewhile(lambda names: len(set(names)) == 1, levels))


def _path(above: Sequence[Heading], title: str) -> Path:
    said = title.strip().casefold()
    return tuple(heading.text for heading in above if heading.text.strip().casefold() != said)
