"""Running heads and feet, page numbers, line numbers: gone, and nothing of the text with them."""

from __future__ import annotations

import pytest

from tests.support.pdfs import Text, column, draw_pdf
from tests.unit.indexer.pdf.support import parse

SUBJECTS = ["rivers", "mountains", "harbours", "meadows", "forests", "deserts", "islands", "glaciers"]


def page(number: int, *furniture: Text) -> list[Text]:
    """A page with its own text between the furniture."""
    subject = SUBJECTS[number % len(SUBJECTS)]
    lines = [f"Line {line} of what is said on {subject} in this chapter of the book." for line in "abcdef"]
    return [*column(72, 700, lines), *furniture]


def test_heads_and_page_numbers_go_and_the_head_is_kept_once() -> None:
    pages = [page(n, Text(72, 800, "A History of the Landscape"), Text(290, 30, f"{n + 1}")) for n in range(6)]
    text = parse(draw_pdf(pages)).text
    assert text.count("A History of the Landscape") == 1
    assert not any(line.strip().isdigit() for line in text.split("\n"))
    assert all(subject in text for subject in SUBJECTS[:6])


def test_heads_of_left_and_right_pages_differ() -> None:
    heads = ["A History of the Landscape", "Chapter Three: Water"]
    pages = [page(n, Text(72 + 300 * (n % 2), 800, f"{heads[n % 2]} {n + 40}")) for n in range(8)]
    text = parse(draw_pdf(pages)).text
    assert all(text.count(head) == 1 for head in heads)


def test_a_head_that_the_text_says_as_well_is_not_kept() -> None:
    pages = [
        page(0, Text(72, 740, "Chapter Three: Water", 16)),
        *(page(n, Text(72, 800, "Chapter Three: Water")) for n in range(1, 5)),
    ]
    parsed = parse(draw_pdf(pages))
    assert parsed.text.count("Chapter Three: Water") == 1
    assert [heading.text for heading in parsed.headings] == ["Chapter Three: Water"]


@pytest.mark.parametrize(
    "numbers",
    [
        ["i", "ii", "iii", "iv"],
        ["- 7 -", "- 8 -", "- 9 -", "- 10 -"],
        ["Page 1 of 4", "Page 2 of 4", "Page 3 of 4", "Page 4 of 4"],
    ],
)
def test_page_numbers_of_any_kind_go(numbers: list[str]) -> None:
    text = parse(draw_pdf([page(n, Text(280, 30, number)) for n, number in enumerate(numbers)])).text
    assert not any(line in numbers for line in text.split("\n"))


def test_turkish_words_at_the_edge_of_a_page_are_no_roman_numbers() -> None:
    text = parse(draw_pdf([page(0, Text(72, 800, "Geldin m# Dal# V#"))], stand_for={"#": "ı"})).text
    assert "Geldin mı Dalı Vı" in text


def test_figures_at_the_same_place_of_each_page_are_no_page_numbers() -> None:
    pages = [
        [
            *column(72, 700, [f"{SUBJECTS[n]} {row}" for row in range(3)]),
            *column(300, 700, [f"{n * 17 + 230}", "4711", f"{n * n + 9}"]),
        ]
        for n in range(5)
    ]
    text = parse(draw_pdf(pages)).text
    assert all(f"{SUBJECTS[n]} 0 | {n * 17 + 230}" in text for n in range(5))
    assert text.count("4711") == 5


def test_titles_of_slides_stay_headings() -> None:
    slides = [
        [Text(72, 700, "Results", 30), *column(72, 600, [f"finding {n} about {SUBJECTS[n]}", "and one more"], 16)]
        for n in range(3)
    ]
    parsed = parse(draw_pdf(slides))
    assert [heading.text for heading in parsed.headings].count("Results") == 3


def test_numbers_of_lines_go() -> None:
    lines = [f"what was said in line {word} of the transcript" for word in SUBJECTS * 3]
    numbers = [Text(50, 700 - 14 * i, str(i + 1)) for i in range(len(lines))]
    text = parse(draw_pdf([[*column(90, 700, lines), *numbers]])).text
    assert "17" not in text
    assert text.startswith("what was said in line rivers of the transcript what was said in line mountains")


def test_the_numbers_of_a_list_stay() -> None:
    texts = [
        text
        for i, subject in enumerate(SUBJECTS)
        for text in (Text(72, 700 - 14 * i, f"{i + 1}."), Text(90, 700 - 14 * i, subject))
    ]
    assert "3. harbours" in parse(draw_pdf([texts])).text


def test_a_stamp_along_the_edge_of_each_page_is_kept_once() -> None:
    pages = [page(n, Text(20, 300, "printed by the office", degrees=270)) for n in range(4)]
    assert parse(draw_pdf(pages)).text.count("printed by the office") == 1


def test_a_sentence_runs_on_where_the_furniture_was() -> None:
    sentence = [
        "The road that leads from the harbour to the town was built in a year in which",
        "no ship arrived, and it",
    ]
    rest = ["therefore leads past the sea rather than to it.", "It was paved much later than that."]
    furniture = [[Text(72, 800, "The Road Book"), Text(290, 30, str(n))] for n in range(4)]
    full = "The road that leads from the harbour to the town was built in a year, and it was"
    pages = [
        [*page(0), *furniture[0]],
        [*column(72, 700, [sentence[0], full]), *furniture[1]],
        [*column(72, 700, rest), *furniture[2]],
        [*page(3), *furniture[3]],
    ]
    assert "in a year, and it was therefore leads past the sea" in parse(draw_pdf(pages)).text


def test_pages_that_hold_nothing_but_what_recurs_are_not_emptied() -> None:
    assert parse(draw_pdf([[Text(72, 700, f"Page {n}")] for n in range(5)])).text.count("Page") == 5
    pages = [page(n, Text(72, 800, f"A History of the Landscape {n}")) for n in range(5)]
    bare = [Text(72, 800, "A History of the Landscape 5")]
    assert "A History of the Landscape 5" in parse(draw_pdf([*pages, bare])).text
