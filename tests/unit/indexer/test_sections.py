"""Sections by headings, and which of them are merged."""

from __future__ import annotations

from typing import Any

from engine.types import Heading
from indexer.chunking.sections import Section, common_path, merge_small, split_sections


def test_paths_follow_levels_and_leave_the_title_out() -> None:
    headings = [
        Heading(0, 1, "Guide"),
        Heading(10, 2, "A"),
        Heading(20, 4, "Deep"),
        Heading(30, 2, "B"),
        Heading(40, 1, "End"),
    ]
    sections = split_sections(50, headings, "guide ")
    assert [(s.start, s.end, s.path) for s in sections] == [
        (0, 10, ()),
        (10, 20, ("A",)),
        (20, 30, ("A", "Deep")),
        (30, 40, ("B",)),
        (40, 50, ("End",)),
    ]


def test_a_heading_without_a_text_is_in_the_section_of_the_deeper_one_below_it() -> None:
    headings = [Heading(0, 1, "Part"), Heading(6, 2, "Chapter"), Heading(15, 3, "One"), Heading(40, 3, "Two")]
    assert split_sections(60, headings, "T") == [
        Section(0, 40, 1, ("Part", "Chapter", "One")),
        Section(40, 60, 3, ("Part", "Chapter", "Two")),
    ]
    assert [s.path for s in split_sections(60, headings[:2], "T", apart=True)] == [("Part",), ("Part", "Chapter")]
    empty = [Heading(0, 2, "A"), Heading(3, 2, "B"), Heading(6, 1, "C")]
    assert [(s.start, s.path) for s in split_sections(30, empty, "T")] == [(0, ("A",)), (3, ("B",)), (6, ("C",))]


def test_text_before_the_first_heading_is_a_section() -> None:
    assert [s.level for s in split_sections(20, [Heading(5, 2, "A")], "T")] == [0, 2]
    assert split_sections(0, [], "T") == []
    assert split_sections(9, [Heading(99, 1, "beyond")], "T") == [Section(0, 9, 0, ())]


def sections(*levels_and_paths: Any) -> Any:
    return [Section(i, i + 1, level, path) for i, (level, path) in enumerate(levels_and_paths)]


def merged(parts: Any, weights: Any, small: Any = 10, limit: int = 50) -> Any:
    return [(s.start, s.end, s.path) for s in merge_small(parts, weights, small, [limit] * len(parts))]


def test_small_siblings_merge_under_their_common_path() -> None:
    parts = sections((2, ("A",)), (2, ("B",)), (2, ("C",)))
    assert merged(parts, [5, 4, 30]) == [(0, 3, ())]
    assert merged(parts, [30, 30, 30]) == [(0, 1, ("A",)), (1, 2, ("B",)), (2, 3, ("C",))]
    assert merged(parts, [45, 6, 6]) == [(0, 1, ("A",)), (1, 3, ())]


def test_an_introduction_stays_with_what_it_introduces() -> None:
    parts = sections((3, ("A", "x")), (2, ("B",)), (3, ("B", "y")))
    assert merged(parts, [20, 5, 20]) == [(0, 1, ("A", "x")), (1, 3, ("B",))]


def test_common_path() -> None:
    assert common_path([("A", "x"), ("A", "y", "z")]) == ("A",)
    assert common_path([("AB",), ("AC",)]) == ()
    assert common_path([]) == ()
