"""Text in pictures and in scans, by rapidocr: skipped where the extra `ocr` is not installed."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pytest
from pypdfium2 import PdfDocument

from engine.errors import ParseFailed
from indexer.parsers import Parsed
from indexer.sandbox.parse import parse_sandboxed
from indexer.sources.source import Source, discover
from tests.support.pdfs import Drawing, Text, column, draw_pdf

pytest.importorskip("rapidocr", reason="install the extra ocr")
pytest.importorskip("PIL", reason="install the extra ocr")

PUMP = ["The bilge pump stands below the engine,", "and two men know how to start it."]
FERRY = ["The ferry leaves the harbour at seven,", "unless the river is frozen."]


def pictures(pages: Sequence[Sequence[Text]]) -> list[Any]:
    """Pages as pictures of 150 dots to the inch."""
    document = PdfDocument(draw_pdf(pages))
    return [page.render(scale=150 / 72).to_pil().convert("RGB") for page in document]


def saved(images: Sequence[Any], format: str) -> bytes:
    stream = io.BytesIO()
    more = {"save_all": True, "append_images": images[1:]} if len(images) > 1 else {}
    images[0].save(stream, format, **more)
    return stream.getvalue()


def read(data: bytes, name: str) -> Parsed:
    return parse_sandboxed(data, name, ocr=True)


def pages_of(parsed: Parsed, *words: str) -> list[str]:
    """The page on which each of the words stands, as the locators say it."""
    found = []
    for word in words:
        place = parsed.text.index(word)
        found.append([one.value for one in parsed.locators if one.kind == "page" and one.start <= place][-1])
    return found


@pytest.mark.parametrize("format", ["PNG", "JPEG", "TIFF"])
def test_a_picture_is_read_line_by_line(format: str) -> None:
    parsed = read(saved(pictures([column(72, 700, PUMP)]), format), "pump.jpg")
    assert parsed.text == " ".join(PUMP)
    assert parsed.locators == () and parsed.metadata == {} and parsed.remarks == ()


def test_a_picture_of_two_columns_is_read_column_by_column() -> None:
    left, right = ([f"the {side} column tells of thing {n}" for n in range(9)] for side in ("left", "right"))
    parsed = read(saved(pictures([[*column(60, 700, left), *column(330, 690, right)]]), "PNG"), "a.png")
    assert parsed.text == " ".join([*left, *right])


def test_large_type_is_a_heading_and_the_title() -> None:
    page = [Text(72, 740, "Harbour rules", 24), *column(72, 680, PUMP * 3), *column(72, 560, FERRY * 3)]
    parsed = read(saved(pictures([page]), "PNG"), "a.png")
    assert parsed.title == "Harbour rules"
    assert [heading.text for heading in parsed.headings] == ["Harbour rules"]


def test_each_picture_of_a_tiff_is_a_page() -> None:
    parsed = read(saved(pictures([column(72, 700, PUMP), column(72, 700, FERRY)]), "TIFF"), "a.tiff")
    assert pages_of(parsed, "bilge", "ferry") == ["1", "2"]


def test_scanned_pages_of_a_pdf_are_read_where_they_stand() -> None:
    parsed = read(saved(pictures([column(72, 700, PUMP), column(72, 700, FERRY)]), "PDF"), "scan.pdf")
    assert pages_of(parsed, "bilge pump", "ferry leaves") == ["1", "2"]
    assert parsed.remarks == ()


def test_pages_that_hold_their_text_are_left_as_they_are() -> None:
    data = draw_pdf([column(72, 700, PUMP), column(72, 700, FERRY)])
    assert read(data, "a.pdf") == parse_sandboxed(data, "a.pdf")


def test_a_text_layer_without_words_is_replaced() -> None:
    junk = column(72, 700, ["%&/ )(=!# &$%?*# ][{+~ #$%& /()=? !%&/ )(=!# &$%?*#"] * 5)
    data = draw_pdf([junk])
    assert read(data, "a.pdf").text != parse_sandboxed(data, "a.pdf").text


def test_pictures_without_text_say_so() -> None:
    for data, name in ((saved(pictures([[]]), "PNG"), "a.png"), (draw_pdf([Drawing(image=True)]), "a.pdf")):
        with pytest.raises(ParseFailed, match="OCR finds"):
            read(data, name)


@pytest.mark.parametrize("cut", [9, 300])
def test_a_picture_that_is_cut_off_is_damaged(cut: int) -> None:
    with pytest.raises(ParseFailed):
        read(saved(pictures([column(72, 700, PUMP)]), "PNG")[:cut], "a.png")


def test_a_picture_in_an_archive_and_one_without_a_suffix_are_found(tmp_path: Any) -> None:
    data = saved(pictures([column(72, 700, PUMP)]), "PNG")
    (tmp_path / "photo").write_bytes(data)
    (found,) = discover([tmp_path], ocr=True)
    assert isinstance(found, Source) and found.parse().text == " ".join(PUMP)
