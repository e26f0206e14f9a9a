"""Spreadsheets: a table for each sheet, with values as people write them. These tests need the extra `office`."""

from __future__ import annotations

import sys

import pytest

from engine.errors import ParseFailed
from indexer.parsers import Parsed
from indexer.parsers.office.sheets import SheetParser
from tests.support.files.office import SHEETS, A, make_xlsx, relations
from tests.unit.indexer.places import told

STYLES = f'<styleSheet xmlns="{SHEETS}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/></cellXfs></styleSheet>'
STYLED = {
    "xl/styles.xml": STYLES,
    "xl/_rels/workbook.xml.rels": relations(
        {"r1": ("worksheet", "worksheets/sheet1.xml"), "s": ("styles", "styles.xml")}
    ),
}


def parse(data: bytes, name: str = "book.xlsx") -> Parsed:
    pytest.importorskip("python_calamine")
    return SheetParser().parse(data, name=name)


def row(number: int, cells: str) -> str:
    return f'<row r="{number}">{cells}</row>'


def text(place: str, value: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'


def test_sheets_are_located_and_named_ones_have_headings() -> None:
    parsed = parse(make_xlsx({"Budget": row(1, text("A1", "a")), "Sheet2": row(1, text("A1", "b")), "Empty": ""}))
    assert parsed.text == "Budget\n\na\n\nb"
    assert [heading.text for heading in parsed.headings] == ["Budget"]
    assert [told(parsed, words) for words in ("Budget", "a", "b")] == ["sheet Budget, row 1"] * 2 + [
        "sheet Sheet2, row 1"
    ]
    assert parsed.metadata["sheets"] == 3


def test_rows_are_located_by_their_numbers_in_the_sheet() -> None:
    rows = row(3, text("B3", "head")) + row(4, text("B4", "two")) + row(12, text("B12", "far"))
    parsed = parse(make_xlsx({"Costs": rows, "Gain": row(2, text("A2", "other"))}))
    assert [told(parsed, words) for words in ("Costs", "two", "two\nfar", "far", "other")] == [
        "sheet Costs, row 3", "sheet Costs, row 4", "sheet Costs, rows 4-12", "sheet Costs, row 12", "sheet Gain, row 2",
    ]  # fmt: skip
    assert told(parsed, "far\n\nGain\n\nother") == "sheets Costs to Gain"


def test_empty_rows_and_columns_are_dropped() -> None:
    rows = row(2, text("B2", "Name") + text("D2", "Age")) + row(9, text("B9", "Ann") + '<c r="D9"><v>7</v></c>')
    assert parse(make_xlsx({"S": rows})).text.split("\n\n")[1] == "Name | Age\nAnn | 7"


def test_values_are_written_as_people_write_them() -> None:
    cells = (
        '<c r="A1"><v>1200</v></c><c r="B1"><v>0.30000000000000004</v></c><c r="C1" t="b"><v>1</v></c>'
        '<c r="D1" s="1"><v>45351</v></c><c r="E1" s="2"><v>45351.5</v></c>'
        '<c r="F1" t="str"><f>A1</f><v>came to</v></c><c r="G1" t="str"><v>two&#10;lines</v></c>'
    )
    parsed = parse(make_xlsx({"S": row(1, cells)}, more=STYLED))
    assert parsed.text.endswith("1200 | 0.3 | TRUE | 2024-02-29 | 2024-02-29 12:00:00 | came to | two lines")


def test_comments_follow_their_sheet() -> None:
    comments = (
        f'<comments xmlns="{SHEETS}"><authors><author>Eve</author></authors><commentList>'
        '<comment ref="B2" authorId="0"><text><r><t>Eve:</t></r><r><t>Too high?</t></r></text></comment>'
        "</commentList></comments>"
    )
    more = {
        "xl/comments1.xml": comments,
        "xl/worksheets/_rels/sheet1.xml.rels": relations({"c": ("comments", "../comments1.xml")}),
    }
    parsed = parse(make_xlsx({"S": row(1, text("A1", "a"))}, more=more))
    assert parsed.text == "S\n\na\n\nComment on B2 (Eve): Too high?"
    assert told(parsed, "Too high?") == "sheet S, row 2"


def test_shapes_on_a_sheet_are_read_and_stand_in_the_row_that_they_are_fixed_to() -> None:
    def shape(words: str) -> str:
        return f"<xdr:sp><xdr:txBody><a:p><a:r><a:t>{words}</a:t></a:r></a:p></xdr:txBody></xdr:sp>"

    fixed = f"<xdr:oneCellAnchor><xdr:from><xdr:row>4</xdr:row></xdr:from>{shape('Fixed')}</xdr:oneCellAnchor>"
    drawing = f"<xdr:wsDr xmlns:xdr='xdr' {A}>{fixed}{shape('Drawn')}</xdr:wsDr>"
    more = {
        "xl/drawings/drawing1.xml": drawing,
        "xl/worksheets/_rels/sheet1.xml.rels": relations({"d": ("drawing", "../drawings/drawing1.xml")}),
    }
    parsed = parse(make_xlsx({"Sheet1": row(1, text("A1", "a"))}, more=more))
    assert parsed.text == "a\n\nFixed\n\nDrawn"
    assert [told(parsed, words) for words in ("Fixed", "Drawn")] == ["sheet Sheet1, row 5", "sheet Sheet1"]


def test_cells_far_apart_are_refused_before_they_fill_the_memory() -> None:
    far = row(1, text("A1", "a")) + row(1048576, text("XFD1048576", "b"))
    with pytest.raises(ParseFailed, match="row 1048576, column 16384"):
        parse(make_xlsx({"S": far}))
    formatted = row(1, text("A1", "a")) + row(1048576, '<c r="XFD1048576" s="1"/>')
    assert parse(make_xlsx({"Sheet1": formatted})).text == "a"


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (b"<html><body><table><tr><td>a</td><td>b</td></tr></table></body></html>", "export.xls", "a | b"),
        (b"name\tage\nAnn\t7\n", "export.xls", "name\tage\nAnn\t7"),
    ],
)
def test_pages_and_lines_that_only_bear_the_suffix_are_read_as_what_they_are(
    data: bytes, name: str, expected: str
) -> None:
    assert parse(data, name).text == expected


@pytest.mark.parametrize("data", [b"PK\3\4 cut off", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600])
def test_damaged_and_encrypted_files_fail(data: bytes) -> None:
    with pytest.raises(ParseFailed):
        parse(data)


def test_without_the_extra_a_file_fails_and_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with pytest.raises(ParseFailed) as failure:
        SheetParser().parse(make_xlsx({}), name="a.xlsx")
    assert "pip install 'winnow-search[office]'" in failure.value.remedy
