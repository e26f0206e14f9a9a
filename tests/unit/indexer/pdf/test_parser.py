"""PDF as a whole: pages, titles, remarks, damage; and the 31 sample files, none of which may crash."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.errors import ParseFailed
from engine.types import Locator
from indexer.parsers.pdf import PdfParser
from tests.support.pdfs import Drawing, Text, column, draw_pdf, make_pdf
from tests.support.shared_data import unpacked
from tests.unit.indexer.pdf.support import parse

LONG = [
    "The quick brown fox jumps over the lazy dog and then over the second one, with-",
    "out a pause. It is late in the day, and nobody is there to see or to applaud it.",
    "A last line.",
    "A new paragraph begins here and is long enough to be wrapped into the following",
    "line of the page.",
]
WORDS = "one two three four five six seven eight nine ten eleven twelve"
MORE = "many other words that stand on the page which follows and fill a line"


def test_pages_paragraphs_and_properties() -> None:
    parsed = parse(make_pdf([LONG, ["Second page."]], title="Foxes"))
    assert parsed.title == "Foxes"
    assert not parsed.named
    assert parsed.metadata == {"pages": 2.0, "author": "A. Writer"}
    assert parsed.headings == ()
    assert "without a pause" in parsed.text
    assert "A last line.\n\nA new paragraph" in parsed.text
    assert parsed.text.endswith("wrapped into the following line of the page.\n\nSecond page.")


def test_every_page_is_located_by_the_number_that_a_viewer_shows() -> None:
    parsed = parse(make_pdf([["First page."], [], ["Third page."]]))
    assert parsed.locators == (Locator(0, "page", "1"), Locator(parsed.text.index("Third"), "page", "3"))


def test_a_sentence_goes_on_over_the_page_and_is_located_where_the_page_turns() -> None:
    pages = [column(72, 700, [WORDS, WORDS]), column(72, 700, ["and this ends what the page before has begun.", MORE])]
    parsed = parse(draw_pdf(pages))
    assert f"{WORDS} and this ends" in parsed.text
    assert parsed.locators[1] == Locator(parsed.text.index("and this"), "page", "2")


def test_a_word_that_the_page_cuts_in_two_is_whole() -> None:
    pages = [column(72, 700, [WORDS, f"{WORDS} uncer-"]), column(72, 700, [f"tain {MORE}", MORE])]
    parsed = parse(draw_pdf(pages))
    assert "uncertain many" in parsed.text
    assert parsed.locators[1].start == parsed.text.index("tain many")


def test_a_footnote_does_not_stand_inside_the_sentence_that_goes_on_over_the_page() -> None:
    foot = column(72, 100, ["1 A note that stands below the text, in smaller type."], size=8)
    pages = [column(72, 700, [WORDS] * 3) + foot, column(72, 700, ["goes on here and ends.", MORE.capitalize()])]
    parsed = parse(draw_pdf(pages))
    assert f"{WORDS} goes on here and ends." in parsed.text
    assert "A note that stands below the text" in parsed.text
    assert [locator.value for locator in parsed.locators] == ["1", "2"]


def test_pages_are_in_order_in_the_text_of_all_kinds_of_documents() -> None:
    notes = column(72, 100, ["1 A note in smaller type.", "2 Another one of those."], size=8)
    pages = [[*column(72, 700, [f"{WORDS} {n}", f"{MORE} {n}"]), *notes[: n % 3]] for n in range(9)]
    numbers = [int(locator.value) for locator in parse(draw_pdf(pages)).locators]
    assert numbers == sorted(numbers) == list(range(1, 10))


def test_words_outside_the_visible_page_are_left_out_and_said_to_be() -> None:
    texts = [*column(72, 700, [WORDS] * 3), Text(72, 900, "crop mark")]
    parsed = parse(draw_pdf([texts]))
    assert "crop" not in parsed.text
    assert any("2 words stand outside" in remark for remark in parsed.remarks)


def test_words_printed_over_themselves_are_read_once() -> None:
    parsed = parse(draw_pdf([[Text(72, 700, "bold by overprinting"), Text(72.4, 700, "bold by overprinting")]]))
    assert parsed.text == "bold by overprinting"


def test_a_turned_page_and_turned_text_are_read_along_their_lines() -> None:
    turned = [Text(100 + 14 * i, 200, line, degrees=270) for i, line in enumerate(["first line up", "second line up"])]
    assert parse(draw_pdf([turned])).text == "first line up second line up"
    assert parse(draw_pdf([Drawing(column(72, 700, ["upper line", "lower line"]), rotate=90)])).text == (
        "upper line lower line"
    )


def test_dates_keywords_and_subject_become_metadata() -> None:
    info = {"CreationDate": "D:20240131093000+01'00'", "Keywords": "tax, form; form", "Subject": "Income"}
    assert parse(draw_pdf([[Text(72, 700, "words")]], info=info)).metadata == {
        "pages": 1,
        "date": datetime(2024, 1, 31, 8, 30, tzinfo=UTC),
        "keywords": ("tax", "form"),
        "subject": "Income",
    }


def test_no_text_layer_names_the_remedy() -> None:
    for drawing in (Drawing(), Drawing(image=True)):
        with pytest.raises(ParseFailed, match=r"no text layer.*OCR"):
            parse(draw_pdf([drawing]), name="scan.pdf")


def test_pages_that_are_images_are_named_and_blank_ones_are_not() -> None:
    image, text = Drawing(image=True), Drawing([Text(72, 700, "Some text.")])
    remarks = parse(draw_pdf([image, text, image, image, image, Drawing()])).remarks
    assert remarks == (
        "Pages 1 and 3-5 are images without text, so a search finds nothing there. "
        "Run OCR on it first; `winnow ingest` and `winnow ask-document` do with --ocr.",
    )
    assert parse(draw_pdf([image, text])).remarks[0].startswith("Page 1 is an image")
    assert parse(draw_pdf([text])).remarks == ()


def test_a_scan_with_a_stamp_on_it_is_still_an_image() -> None:
    stamped = Drawing([Text(500, 20, "Page 7")], image=True)
    assert "Page 2 is an image" in parse(draw_pdf([Drawing([Text(72, 700, "Text.")]), stamped])).remarks[0]


def test_a_text_layer_without_words_is_said_to_be_damaged() -> None:
    junk = column(72, 700, ["%&/ )(=!# &$%?*# ][{+~ #$%& /()=? !%&/ )(=!# &$%?*#"] * 5)
    remarks = parse(draw_pdf([column(72, 700, [WORDS] * 9), junk])).remarks
    assert len(remarks) == 1
    assert "text layer of page 2 looks damaged" in remarks[0]


@pytest.mark.parametrize(
    "text", [WORDS, "Größe über Maß hinaus für die Übung ändern", "12.50 14.00 3,999.99 2024-01-01"]
)
def test_words_and_figures_are_not_called_damaged(text: str) -> None:
    assert parse(draw_pdf([column(72, 700, [text] * 20)])).remarks == ()


def test_attached_files_are_said_not_to_be_read() -> None:
    assert "(figures.xlsx)" in parse(draw_pdf([[Text(72, 700, "Text.")]], attachment="figures.xlsx")).remarks[0]


@pytest.mark.parametrize("step", [37])
def test_truncated_and_corrupted_files_never_crash(step: int) -> None:
    data = draw_pdf([Drawing([Text(72, 700, "text")], fields=[("a", "b", 72, 600)], comments=[("a", "b")])] * 2)
    for position in range(0, len(data), step):
        for broken in (data[:position], data[:position] + b"\xff\0<<" + data[position + 4 :]):
            try:
                parse(broken, name="broken.pdf")
            except ParseFailed as failure:
                assert failure.remedy


def test_too_many_pages_are_refused() -> None:
    with pytest.raises(ParseFailed, match="3 pages; 2 are allowed"):
        PdfParser(max_pages=2).parse(make_pdf([["a"]] * 3), name="a.pdf")


def test_threads_do_not_disturb_each_other() -> None:
    documents = [make_pdf([[f"Document {n} line {line}"] for line in range(5)]) for n in range(8)]
    with ThreadPoolExecutor(4) as pool:
        texts = list(pool.map(lambda data: parse(data).text, documents * 4))
    assert all(f"Document {n % 8} line 4" in text for n, text in enumerate(texts))


def test_sample_files(tmp_path: Path) -> None:
    files = sorted(unpacked("pdf", tmp_path).rglob("*.pdf"))
    assert len(files) == 31
    reasons = {}
    for file in files:
        try:
            assert parse(file.read_bytes(), name=file.name).text
        except ParseFailed as failure:
            reasons[file.stem] = failure.message
    assert "password" in reasons.pop("libreoffice-writer-password")
    assert "opened" in reasons.pop("unreadablemetadata")
    assert set(reasons) == {
        "cmyk-image",
        "grayscale-image",
        "imagemagick-ASCII85Decode",
        "imagemagick-CCITTFaxDecode",
        "imagemagick-lzw",
    }
    assert all("OCR" not in reason and "no text layer" in reason for reason in reasons.values())
