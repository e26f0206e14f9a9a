"""OpenDocument: texts, spreadsheets and presentations, packed and flat."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import ParseFailed
from indexer.parsers import Parsed
from indexer.parsers.office.odf import OpenDocumentParser
from tests.support.files.office import ODF, make_odf, zipped
from tests.unit.indexer.places import told


def parse(data: bytes, name: str = "file.odt") -> Parsed:
    return OpenDocumentParser().parse(data, name=name)


def written(body: str, **more: Any) -> Parsed:
    return parse(make_odf(f"<office:text>{body}</office:text>", **more))


def table(*rows: str, attributes: str = "") -> str:
    return f"<table:table {attributes}>{''.join(f'<table:table-row>{row}</table:table-row>' for row in rows)}</table:table>"


def cell(text: str, attributes: str = "") -> str:
    return f"<table:table-cell {attributes}><text:p>{text}</text:p></table:table-cell>"


def test_headings_lists_and_tables_of_a_text() -> None:
    items = "<text:list><text:list-item><text:p>b</text:p></text:list-item></text:list>"
    body = (
        '<text:h text:outline-level="2">Part</text:h><text:p>One<text:s/>two<text:tab/>three<text:line-break/>four</text:p>'
        f"<text:list><text:list-item><text:p>a</text:p>{items}</text:list-item></text:list>"
        + table(cell("x") + cell("y"), cell("1") + cell("2"))
    )
    parsed = written(body)
    assert parsed.text == "Part\n\nOne two three\nfour\n\n- a\n  - b\n\nx | y\n1 | 2"
    assert [(heading.level, heading.text) for heading in parsed.headings] == [(2, "Part")]


def test_a_title_is_told_by_a_style_that_is_based_on_title() -> None:
    automatic = '<style:style style:name="P1" style:parent-style-name="Title"/>'
    parsed = written('<text:p text:style-name="P1">The plan</text:p><text:p>Text</text:p>', automatic=automatic)
    assert (parsed.title, parsed.named) == ("The plan", False)


def test_notes_and_comments_follow_their_paragraph() -> None:
    note = (
        '<text:note text:note-class="endnote"><text:note-citation>i</text:note-citation>'
        "<text:note-body><text:p>Proof</text:p></text:note-body></text:note>"
    )
    comment = "<office:annotation><dc:creator>Bob</dc:creator><text:p>Really?</text:p></office:annotation>"
    parsed = written(f"<text:p>Claim{note}{comment}.</text:p><text:p>Next</text:p>")
    assert parsed.text.split("\n\n") == ["Claim.", "Endnote: Proof", "Comment (Bob): Really?", "Next"]


def test_deleted_text_and_tables_of_contents_are_left_out() -> None:
    body = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>gone</text:p></text:deletion>"
        "</text:changed-region></text:tracked-changes><text:table-of-content><text:index-body><text:p>One 7</text:p>"
        "</text:index-body></text:table-of-content><text:p>Left</text:p>"
    )
    assert written(body).text == "Left"


def test_text_boxes_and_descriptions_of_pictures_are_read() -> None:
    frame = (
        "<draw:frame><draw:text-box><text:p>Boxed</text:p></draw:text-box></draw:frame>"
        "<draw:frame><draw:image/><svg:desc>A map</svg:desc></draw:frame>"
    )
    assert written(f"<text:p>Text {frame}</text:p>").text == "Text A map\n\nBoxed"


def test_headers_and_footers_stand_at_the_end_once() -> None:
    master = (
        "<style:header><text:p>ACME</text:p></style:header><style:header-left><text:p>ACME</text:p></style:header-left>"
    )
    styles = f"<office:document-styles {ODF}><office:master-styles><style:master-page>{master}</style:master-page></office:master-styles></office:document-styles>"
    assert written("<text:p>Text</text:p>", more={"styles.xml": styles}).text == "Text\n\nACME"


def test_properties_become_metadata_and_the_author_is_who_wrote_it_first() -> None:
    meta = (
        f'<office:document-meta {ODF} xmlns:meta="meta"><office:meta><dc:title>Plan</dc:title><dc:creator>Last</dc:creator>'
        "<meta:initial-creator>First</meta:initial-creator><meta:keyword>a</meta:keyword><meta:keyword>b</meta:keyword>"
        "</office:meta></office:document-meta>"
    )
    parsed = written("<text:p>Text</text:p>", more={"meta.xml": meta})
    assert parsed.title == "Plan"
    assert parsed.metadata == {"author": "First", "keywords": ("a", "b")}


def test_sheets_are_located_and_dates_are_iso() -> None:
    rows = (
        cell("Name") + cell("When"),
        cell("Ann") + cell("29.2.24", 'office:date-value="2024-02-29T00:00:00"'),
        cell("same", 'table:number-columns-repeated="2"'),
        '<table:table-cell table:number-columns-repeated="16384"/>',
    )
    sheet = table(*rows, attributes='table:name="Budget"')
    parsed = parse(make_odf(f"<office:spreadsheet>{sheet}</office:spreadsheet>"), "book.ods")
    assert parsed.text == "Budget\n\nName | When\nAnn | 2024-02-29\nsame | same"
    assert [told(parsed, words) for words in ("Budget", "Ann", "Ann | 2024-02-29\nsame")] == [
        "sheet Budget, row 1", "sheet Budget, row 2", "sheet Budget, rows 2-3",
    ]  # fmt: skip


def test_rows_are_counted_with_those_that_are_repeated_and_comments_stand_in_their_row() -> None:
    empty = '<table:table-row table:number-rows-repeated="5000"><table:table-cell/></table:table-row>'
    twice = f'<table:table-row table:number-rows-repeated="2">{cell("twice")}</table:table-row>'
    said = "<table:table-cell><office:annotation><text:p>Why?</text:p></office:annotation><text:p>far</text:p></table:table-cell>"
    rows = f"<table:table-row>{cell('first')}</table:table-row>{empty}{twice}<table:table-row>{said}</table:table-row>"
    sheets = "".join(f'<table:table table:name="{name}">{rows}</table:table>' for name in ("One", "Two"))
    parsed = parse(make_odf(f"<office:spreadsheet>{sheets}</office:spreadsheet>"), "book.ods")
    assert parsed.text.startswith("One\n\nfirst\ntwice\ntwice\nfar\n\nComment: Why?\n\nTwo")
    assert [told(parsed, words) for words in ("first", "twice\ntwice", "far", "Why?", "Two")] == [
        "sheet One, row 1", "sheet One, rows 5002-5003", "sheet One, row 5004", "sheet One, row 5004",
        "sheet Two, row 1",
    ]  # fmt: skip


def test_repeated_cells_do_not_fill_the_memory() -> None:
    row = cell("x", 'table:number-columns-repeated="16384"')
    rows = [f'<table:table-row table:number-rows-repeated="1048576">{row}</table:table-row>'] * 100
    with pytest.raises(ParseFailed, match="cells"):
        parse(make_odf(f"<office:spreadsheet><table:table>{''.join(rows)}</table:table></office:spreadsheet>"), "a.ods")


def test_slides_are_located_with_titles_texts_and_notes() -> None:
    slide = (
        '<draw:page><draw:frame svg:y="5cm" svg:x="1cm"><draw:text-box><text:p>low</text:p></draw:text-box></draw:frame>'
        '<draw:frame svg:y="2cm" svg:x="1cm"><draw:text-box><text:p>high</text:p></draw:text-box></draw:frame>'
        '<draw:frame presentation:class="title" svg:y="9cm"><draw:text-box><text:p>Title</text:p></draw:text-box></draw:frame>'
        '<presentation:notes><draw:frame presentation:class="notes"><draw:text-box><text:p>Say this</text:p></draw:text-box>'
        "</draw:frame></presentation:notes></draw:page>"
    )
    parsed = parse(make_odf(f"<office:presentation>{slide}{slide}</office:presentation>"), "deck.odp")
    assert parsed.text.split("\n\n")[:4] == ["Title", "high", "low", "Notes: Say this"]
    assert [locator.value for locator in parsed.locators] == ["1", "2"]


def test_a_flat_file_is_read_like_a_packed_one() -> None:
    flat = f"<office:document {ODF}><office:body><office:text><text:p>Flat</text:p></office:text></office:body></office:document>"
    assert parse(flat.encode(), "a.fodt").text == "Flat"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"nothing", "damaged"),
        (zipped({"a": "b"}), "no OpenDocument"),
        (make_odf("", more={"META-INF/manifest.xml": "<m><encryption-data/></m>"}), "encrypted"),
        (make_odf("<office:text>" + "<text:list><text:list-item>" * 200), "damaged"),
    ],
)
def test_what_is_no_readable_document_fails_with_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(ParseFailed, match=reason):
        parse(data)


def test_titles_of_slides_have_no_marks_of_lists_and_a_text_in_their_place_is_none() -> None:
    def slide(inside: str) -> str:
        return f'<draw:page><draw:frame presentation:class="title"><draw:text-box>{inside}</draw:text-box></draw:frame></draw:page>'

    long = "words " * 60
    listed = "<text:list><text:list-item><text:p>Aims</text:p></text:list-item></text:list>"
    parsed = parse(
        make_odf(f"<office:presentation>{slide(listed)}{slide(f'<text:p>{long}</text:p>')}</office:presentation>"),
        "deck.odp",
    )
    assert parsed.text == f"Aims\n\n{long.strip()}"
    assert [heading.text for heading in parsed.headings] == ["Aims"]


CHART = (
    '<office:body><office:chart><chart:chart xmlns:chart="urn:oasis:names:tc:opendocument:xmlns:chart:1.0">'
    "<chart:title><text:p>Rain of a year</text:p></chart:title></chart:chart></office:chart></office:body>"
)


def test_the_title_of_a_chart_that_hangs_on_a_cell_is_no_part_of_the_cell() -> None:
    draw = 'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"'
    office = 'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    frame = f"<draw:frame {draw}><draw:object><office:document {office}>{CHART}</office:document></draw:object></draw:frame>"
    hung = f"<table:table-cell><text:p>May</text:p>{frame}</table:table-cell>"
    rows = table(cell("Month") + cell("mm"), hung + cell("7"), attributes='table:name="Rain"')
    parsed = parse(make_odf(f"<office:spreadsheet>{rows}</office:spreadsheet>"), "a.ods")
    assert parsed.text == "Rain\n\nMonth | mm\nMay | 7\n\nRain of a year"
    assert told(parsed, "Rain of a year") == "sheet Rain, row 2"


def test_a_heading_of_a_text_is_a_place() -> None:
    parsed = written('<text:h text:outline-level="1">The  terms</text:h><text:p>Words</text:p>')
    assert told(parsed, "Words") == "#The terms"
