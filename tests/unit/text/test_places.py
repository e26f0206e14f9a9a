"""Spans of a text to the places of its file, and those to words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.text import places as places_module
from engine.text.places import KINDS, counting_lines, fit, in_words, places_of, places_of_each, thinned
from engine.types import Locator, LocatorKind, Place

TEXTS = st.text(st.sampled_from("ab \n船"), max_size=60)


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, tuple[Locator, ...]]:
    """A text with locators, many of them such as a parser gives that notes each line."""
    text = draw(TEXTS)
    starts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=6)))
    kinds = st.sampled_from(KINDS)
    found = [Locator(start, draw(kinds), draw(st.sampled_from(["1", "2", "9", "Budget"]))) for start in starts]
    number, skip = draw(st.integers(1, 12)), draw(st.lists(st.booleans(), min_size=61, max_size=61))
    for place in range(len(text)):
        if (place == 0 or text[place - 1] == "\n") and not skip[place]:
            counting = draw(st.booleans()) and draw(st.booleans())
            found.append(Locator(place, "line", str(number), counting))
        number += text[place] == "\n"
    locators = tuple(sorted(found, key=lambda locator: locator.start))
    return text, tuple(one for one in locators if one.value.isdecimal() or one.kind != "line")


def value_at(text: str, locators: tuple[Locator, ...], kind: LocatorKind, place: int) -> str | None:
    """What is in force at one place, by the definition of a locator."""
    before = [locator for locator in locators if locator.kind == kind and locator.start <= place]
    if not before:
        return None
    last = before[-1]
    if kind == "line" and any(last.start < other.start <= place for other in locators if other.kind == "sheet"):
        return None  # a sheet has rows of its own
    return str(int(last.value) + text[last.start : place].count("\n")) if last.counting else last.value


@given(document=documents(), start=st.integers(0, 60), length=st.integers(0, 60))
def test_places_are_those_of_the_first_and_the_last_visible_character_that_know_theirs(
    document: tuple[str, tuple[Locator, ...]], start: int, length: int
) -> None:
    text, locators = document
    visible = [place for place in range(start, min(start + length, len(text))) if not text[place].isspace()]
    expected = {}
    for kind in KINDS:
        known = (
            [value_at(text, locators, kind, place) for place in range(visible[0], visible[-1] + 1)] if visible else []
        )
        told = [value for value in known if value is not None]
        if told:
            expected[kind] = (told[0], told[-1])
    found = places_of(text, locators, start, start + length)
    if visible:
        assert {place.kind: (place.first, place.last) for place in found} == expected
    else:
        assert all(place.first == place.last for place in found)
    assert [place.kind for place in found] == sorted((place.kind for place in found), key=KINDS.index)


@given(document=documents(), cuts=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 30)), max_size=8))
def test_many_spans_in_one_pass_have_the_places_of_each_alone(
    document: tuple[str, tuple[Locator, ...]], cuts: list[tuple[int, int]]
) -> None:
    text, locators = document
    spans = sorted((start, start + length) for start, length in cuts)
    each = list(places_of_each(text, locators, spans))
    assert each == [places_of(text, locators, *span) for span in spans]


@given(document=documents(), stride=st.sampled_from([1, 5, 1000]))
def test_fewer_locators_tell_the_same_places(document: tuple[str, tuple[Locator, ...]], stride: int) -> None:
    text, locators = document
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(places_module, "STRIDE", stride)
        fewer = thinned(text, locators)
    assert fit(fewer, len(text)) and len(fewer) <= len(locators)
    for place in range(len(text)):
        if not text[place].isspace():
            assert places_of(text, fewer, place, place + 1) == places_of(text, locators, place, place + 1)


def test_an_empty_page_is_no_place() -> None:
    pages = (Locator(0, "page", "1"), Locator(4, "page", "2"), Locator(4, "page", "3"))
    assert places_of("One. Three.", pages, 4, 11) == (Place("page", "3", "3"),)
    assert places_of("One. Three.", pages[1:], 0, 11) == (Place("page", "3", "3"),)


def test_a_locator_for_each_line_costs_no_more_than_one_for_all() -> None:
    text = "\n".join(f"line {number}" for number in range(1, 1001))
    starts = [0, *(place + 1 for place, character in enumerate(text) if character == "\n")]
    each = [Locator(start, "line", str(number)) for number, start in enumerate(starts, start=1)]
    assert thinned(text, each) == (Locator(0, "line", "1", counting=True),)
    spaced = "\n\n".join(text.splitlines())
    paragraphs = [Locator(one.start + number, "line", str(2 * number + 1)) for number, one in enumerate(each)]
    assert thinned(spaced, paragraphs) == (Locator(0, "line", "1", counting=True),)


def test_lines_that_the_text_does_not_keep_are_left_as_they_were_told() -> None:
    text = "joined from two lines\n\nand three\nby a parser"
    told = (Locator(0, "line", "1"), Locator(23, "line", "4"))
    assert thinned(text, told) == told


@given(text=TEXTS, first=st.integers(1, 10**6), stride=st.integers(1, 70))
def test_counting_again_gives_the_same_lines(text: str, first: int, stride: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(places_module, "STRIDE", stride)
        locators = tuple(counting_lines(text, 0, len(text), first))
    assert len(locators) == -(-len(text) // stride)
    for place in range(len(text)):
        if not text[place].isspace():
            line = str(first + text[:place].count("\n"))
            assert places_of(text, locators, place, place + 1) == (Place("line", line, line),)


@pytest.mark.parametrize(
    ("places", "words"),
    [
        ([], ""),
        ([Place("page", "47", "47")], "page 47"),
        ([Place("page", "47", "48")], "pages 47-48"),
        ([Place("page", "iv", "2")], "pages iv-2"),
        ([Place("page", "300", "3")], "pages 300 and 3"),  # a note that was moved to the end
        ([Place("slide", "3", "3")], "slide 3"),
        ([Place("sheet", "Budget", "Budget")], "sheet Budget"),
        ([Place("sheet", "Budget", "Costs")], "sheets Budget to Costs"),
        ([Place("line", "120", "134")], "lines 120-134"),
        ([Place("time", "1:02:03", "1:02:03")], "at 1:02:03"),
        ([Place("time", "0:00:01", "1:02:03")], "at 0:00:01-1:02:03"),
        ([Place("message", "<a@b>", "<a@b>")], "message <a@b>"),
        ([Place("anchor", "install", "install")], "#install"),
        ([Place("anchor", "install", "use")], "#install to #use"),
        ([Place("sheet", "Budget", "Budget"), Place("line", "3", "9")], "sheet Budget, rows 3-9"),
        ([Place("sheet", "Budget", "Costs"), Place("line", "98", "3")], "sheets Budget to Costs"),
        ([Place("page", "47", "47"), Place("line", "3", "9"), Place("anchor", "x", "x")], "page 47"),
        ([Place("line", "3", "3"), Place("anchor", "x", "x")], "line 3"),
    ],
)
def test_words_for_a_person(places: list[Place], words: str) -> None:
    assert in_words(places) == words


@pytest.mark.parametrize(
    "wrong",
    [
        [Locator(5, "page", "1"), Locator(4, "page", "2")],
        [Locator(-1, "page", "1")],
        [Locator(11, "page", "1")],
        [Locator(0, "page", "")],
        [Locator(0, "chapter", "1")],  # type: ignore[arg-type]
        [Locator(0, "page", "1", counting=True)],
        [Locator(0, "line", "one", counting=True)],
        [Locator(0, "line", "9" * 5000, counting=True)],
    ],
)
def test_what_cannot_be_locators_of_ten_characters(wrong: list[Locator]) -> None:
    assert not fit(wrong, 10)
    assert fit([Locator(0, "line", "1", counting=True), Locator(10, "page", "1")], 10)
