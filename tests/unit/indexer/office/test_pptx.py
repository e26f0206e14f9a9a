"""Presentations: each slide with its title, its texts in the order of reading, notes and comments."""

from __future__ import annotations

import pytest

from engine.errors import ParseFailed
from engine.types import Locator
from indexer.parsers import Parsed
from indexer.parsers.office.pptx import PptxParser
from tests.support.files.office import A, P, make_pptx, relations, shape, zipped

INCH = 914_400


def parse(data: bytes) -> Parsed:
    return PptxParser().parse(data, name="deck.pptx")


def test_slides_are_located_and_their_titles_are_headings() -> None:
    parsed = parse(
        make_pptx(shape("Some text") + shape("First", placeholder="title"), shape("Second", placeholder="ctrTitle"), "")
    )
    assert parsed.text == "First\n\nSome text\n\nSecond"
    assert [(heading.level, heading.text) for heading in parsed.headings] == [(1, "First"), (1, "Second")]
    assert parsed.locators == (Locator(0, "slide", "1"), Locator(parsed.text.index("Second"), "slide", "2"))
    assert parsed.metadata["slides"] == 3
    assert (parsed.title, parsed.named) == ("First", False)


def test_texts_are_read_by_rows_and_from_the_left() -> None:
    shapes = (
        shape("below", place=(3 * INCH, 0))
        + shape("right", place=(INCH, 5 * INCH))
        + shape("left", place=(INCH + 9000, 0))
        + shape("top", place=(0, 2 * INCH))
    )
    assert parse(make_pptx(shapes)).text.split("\n\n") == ["top", "left", "right", "below"]


def test_placeholders_stand_where_the_layout_puts_them() -> None:
    layout = (
        f"<p:sldLayout {P} {A}><p:cSld><p:spTree>{shape('Click', placeholder='body', place=(5 * INCH, 0))}"
        "</p:spTree></p:cSld></p:sldLayout>"
    )
    slide = shape("low", placeholder="body") + shape("high", place=(INCH, 0))
    more = {
        "ppt/slides/_rels/slide1.xml.rels": relations({"l": ("slideLayout", "../slideLayouts/l.xml")}),
        "ppt/slideLayouts/l.xml": layout,
    }
    assert parse(make_pptx(slide, more=more)).text == "high\n\nlow"


def test_points_bear_dashes_and_text_boxes_do_not() -> None:
    parsed = parse(make_pptx(shape("a", "b", placeholder="body") + shape("c", "d")))
    assert parsed.text == "- a\n- b\n\nc\nd"


def test_groups_and_tables_are_read() -> None:
    table = (
        "<p:graphicFrame><a:graphic><a:graphicData><a:tbl>"
        + "".join(
            "<a:tr>"
            + "".join(f"<a:tc><a:txBody><a:p><a:r><a:t>{cell}</a:t></a:r></a:p></a:txBody></a:tc>" for cell in row)
            + "</a:tr>"
            for row in (("Name", "Age"), ("Ann", "7"))
        )
        + "</a:tbl></a:graphicData></a:graphic></p:graphicFrame>"
    )
    group = f"<p:grpSp><p:grpSpPr/><p:grpSp><p:grpSpPr/>{shape('deep')}</p:grpSp></p:grpSp>"
    assert parse(make_pptx(group + table)).text == "deep\n\nName | Age\nAnn | 7"


def test_notes_and_comments_of_both_kinds_follow_the_slide() -> None:
    notes = f"<p:notes {P} {A}><p:cSld><p:spTree>{shape('Say this', placeholder='body')}{shape('7', placeholder='sldNum')}</p:spTree></p:cSld></p:notes>"
    old = f'<p:cmLst {P}><p:cm authorId="0"><p:text>Old remark</p:text></p:cm></p:cmLst>'
    new = (
        f'<p188:cmLst xmlns:p188="p188" {A}><p188:cm authorId="0"><p188:replyLst><p188:reply authorId="0"><p188:txBody>'
        "<a:p><a:r><a:t>Reply</a:t></a:r></a:p></p188:txBody></p188:reply></p188:replyLst><p188:txBody>"
        "<a:p><a:r><a:t>New remark</a:t></a:r></a:p></p188:txBody></p188:cm></p188:cmLst>"
    )
    more = {
        "ppt/slides/_rels/slide1.xml.rels": relations(
            {"n": ("notesSlide", "../n.xml"), "c": ("comments", "../c.xml"), "d": ("comments", "../d.xml")}
        ),
        "ppt/n.xml": notes,
        "ppt/c.xml": old,
        "ppt/d.xml": new,
        "ppt/authors.xml": f'<p:cmAuthorLst {P}><p:cmAuthor id="0" name="Eve"/></p:cmAuthorLst>',
    }
    parsed = parse(make_pptx(shape("Text"), more=more))
    assert parsed.text.split("\n\n") == [
        "Text",
        "Notes: Say this",
        "Comment (Eve): Old remark",
        "Comment (Eve): New remark",
        "Comment (Eve): Reply",
    ]


def test_footers_are_read_once_and_numbers_of_slides_never() -> None:
    slide = shape("Text") + shape("ACME", placeholder="ftr") + shape("3", placeholder="sldNum")
    assert parse(make_pptx(slide, slide)).text == "Text\n\nText\n\nACME"


def test_smart_art_and_descriptions_of_pictures_are_read() -> None:
    diagram = (
        '<p:graphicFrame><a:graphic><a:graphicData><dgm:relIds xmlns:dgm="dgm" r:dm="d"/></a:graphicData></a:graphic>'
        "</p:graphicFrame>"
    )
    picture = '<p:pic><p:nvPicPr><p:cNvPr descr="A map of the harbour"/></p:nvPicPr><p:spPr/></p:pic>'
    points = "".join(
        f"<dgm:pt><dgm:t><a:p><a:r><a:t>{word}</a:t></a:r></a:p></dgm:t></dgm:pt>" for word in ("Plan", "Do")
    )
    more = {
        "ppt/slides/_rels/slide1.xml.rels": relations({"d": ("diagramData", "../data.xml")}),
        "ppt/data.xml": f'<dgm:dataModel xmlns:dgm="dgm" {A}><dgm:ptLst>{points}</dgm:ptLst></dgm:dataModel>',
    }
    assert parse(make_pptx(diagram + picture, more=more)).text == "Plan\nDo\n\nA map of the harbour"


def test_a_slide_that_is_missing_does_not_shift_the_numbers_of_the_others() -> None:
    deck = make_pptx(shape("One"), shape("Two"), more={"ppt/slides/slide1.xml": ""})
    assert parse(deck).locators == (Locator(0, "slide", "2"),)


@pytest.mark.parametrize("data", [b"", b"PK", zipped({"a": "b"}), make_pptx("<p:grpSp>" * 300)])
def test_what_is_no_presentation_fails(data: bytes) -> None:
    with pytest.raises(ParseFailed):
        parse(data)
