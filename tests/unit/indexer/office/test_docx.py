"""Word documents: what a reader sees is in the text, in order, and what is deleted is not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.errors import ParseFailed
from indexer.parsers import Parsed
from indexer.parsers.office.word.docx import DocxParser
from tests.support.files.office import C, W, core, make_docx, paragraph, relations, zipped
from tests.unit.indexer.places import told

STYLES = (
    f'<w:styles {W}><w:style w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>'
    '<w:style w:styleId="Own"><w:name w:val="Own"/><w:basedOn w:val="berschrift1"/></w:style>'
    '<w:style w:styleId="T"><w:name w:val="Title"/></w:style><w:style w:styleId="V1"><w:name w:val="toc 1"/></w:style>'
    '<w:style w:styleId="Levelled"><w:name w:val="X"/><w:pPr><w:outlineLvl w:val="2"/></w:pPr></w:style></w:styles>'
)


def parse(data: bytes, name: str = "folder/report.docx") -> Parsed:
    return DocxParser().parse(data, name=name)


def test_headings_are_told_by_style_its_base_and_the_outline_level() -> None:
    body = (
        paragraph("One", "berschrift1")
        + paragraph("Two", "Own")
        + paragraph("Three", "Levelled")
        + paragraph("Four", properties='<w:outlineLvl w:val="1"/>')
        + paragraph("Five", "berschrift1", '<w:outlineLvl w:val="9"/>')
    )
    parsed = parse(make_docx(body, styles=STYLES))
    assert [(heading.level, heading.text) for heading in parsed.headings] == [
        (1, "One"),
        (1, "Two"),
        (3, "Three"),
        (2, "Four"),
    ]
    assert parsed.title == "One" and told(parsed, "Five") == "#Four"


def test_a_table_of_contents_is_left_out_since_it_repeats_headings() -> None:
    parsed = parse(make_docx(paragraph("One ... 7", "V1") + paragraph("One", "berschrift1"), styles=STYLES))
    assert parsed.text == "One"


@pytest.mark.parametrize(
    ("declared", "body", "title", "named"),
    [
        ("Declared", paragraph("Seen", "T"), "Seen", False),
        ("Declared", paragraph("text"), "Declared", False),
        ("Microsoft Word - draft7.doc", paragraph("text"), "report", True),
        ("Document1", paragraph("First", "berschrift1"), "First", False),
    ],
)
def test_the_title_is_what_the_reader_sees_else_what_the_author_wrote(
    declared: str, body: str, title: str, named: bool
) -> None:
    parsed = parse(make_docx(body, properties=core(declared), styles=STYLES))
    assert (parsed.title, parsed.named) == (title, named)


def test_properties_become_metadata() -> None:
    parsed = parse(make_docx(paragraph("x"), properties=core("", "Ann Lee", "2024-02-29T10:00:00Z")))
    moment = datetime(2024, 2, 29, 10, tzinfo=UTC)
    assert parsed.metadata == {"author": "Ann Lee", "created": moment, "date": moment}


def test_insertions_are_read_and_deletions_are_not() -> None:
    body = (
        "<w:p><w:r><w:t>The </w:t></w:r><w:ins><w:r><w:t>new</w:t></w:r></w:ins>"
        "<w:del><w:r><w:delText>old</w:delText></w:r></w:del><w:moveFrom><w:r><w:t>gone</w:t></w:r></w:moveFrom>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r><w:r><w:t> text</w:t></w:r></w:p>"
    )
    assert parse(make_docx(body)).text == "The new text"


def test_notes_and_comments_follow_the_paragraph_that_they_hang_on() -> None:
    body = (
        '<w:p><w:r><w:t>Claim</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r>'
        '<w:r><w:commentReference w:id="0"/></w:r></w:p>' + paragraph("Next")
    )
    footnotes = (
        f'<w:footnotes {W}><w:footnote w:id="0" w:type="separator"><w:p/></w:footnote>'
        f'<w:footnote w:id="2">{paragraph("Proof")}</w:footnote></w:footnotes>'
    )
    comments = (
        f'<w:comments {W}><w:comment w:id="0" w:author="Bob">{paragraph("Really?")}</w:comment>'
        f'<w:comment w:id="9">{paragraph("On nothing")}</w:comment></w:comments>'
    )
    parsed = parse(make_docx(body, footnotes=footnotes, comments=comments))
    assert parsed.text.split("\n\n") == [
        "Claim",
        "Footnote: Proof",
        "Comment (Bob): Really?",
        "Next",
        "Comment: On nothing",
    ]


def test_rows_of_tables_are_lines_and_columns_stay_where_they_are() -> None:
    def cell(text: str, span: int = 1) -> str:
        return f'<w:tc><w:tcPr><w:gridSpan w:val="{span}"/></w:tcPr>{paragraph(text)}</w:tc>'

    rows = (
        f"<w:tr>{cell('Both', 2)}{cell('Third')}</w:tr>",
        f"<w:tr>{cell('a')}{cell('')}{cell('c')}</w:tr>",
        f"<w:tr>{cell('d')}{cell('e')}{cell('')}</w:tr>",
        f"<w:tr><w:trPr><w:del/></w:trPr>{cell('gone')}{cell('x')}</w:tr>",
    )
    parsed = parse(make_docx(paragraph("Before") + f"<w:tbl>{''.join(rows)}</w:tbl>"))
    assert parsed.text == "Before\n\nBoth |  | Third\na |  | c\nd | e"


def test_a_table_of_one_column_is_a_box_around_text() -> None:
    body = f"<w:tbl><w:tr><w:tc>{paragraph('Inside', 'berschrift1')}{paragraph('Text')}</w:tc></w:tr></w:tbl>"
    parsed = parse(make_docx(body, styles=STYLES))
    assert parsed.text == "Inside\n\nText"
    assert [heading.text for heading in parsed.headings] == ["Inside"]


def test_paragraphs_bear_the_numbers_that_word_shows() -> None:
    numbering = (
        f'<w:numbering {W}><w:abstractNum w:abstractNumId="7">'
        '<w:lvl w:ilvl="0"><w:start w:val="3"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>'
        '<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="(%1%2)"/></w:lvl>'
        '<w:lvl w:ilvl="2"><w:numFmt w:val="bullet"/><w:lvlText w:val="o"/></w:lvl></w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num></w:numbering>'
    )

    def item(text: str, level: int) -> str:
        return paragraph(text, properties=f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="1"/></w:numPr>')

    body = item("a", 0) + item("b", 1) + item("c", 1) + item("d", 2) + item("e", 0) + item("f", 1)
    parsed = parse(make_docx(body, numbering=numbering))
    assert parsed.text.split("\n") == ["3. a", "  (3a) b", "  (3b) c", "    - d", "4. e", "  (4a) f"]


def test_a_text_box_is_read_once_though_it_is_there_in_two_forms() -> None:
    box = paragraph("In the box")
    body = (
        "<w:p><w:r><w:t>Before</w:t></w:r><w:r><mc:AlternateContent>"
        f"<mc:Choice><w:drawing><w:txbxContent>{box}</w:txbxContent></w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict><w:txbxContent>{box}</w:txbxContent></w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r></w:p>"
    )
    assert parse(make_docx(body)).text == "Before\n\nIn the box"


def test_charts_give_their_titles_series_and_categories() -> None:
    chart = (
        f'<c:chartSpace {C} xmlns:a="a"><c:chart><c:title><c:tx><c:rich><a:p><a:r><a:t>Sales</a:t></a:r></a:p></c:rich>'
        '</c:tx></c:title><c:plotArea><c:barChart><c:ser><c:tx><c:strRef><c:strCache><c:pt idx="0"><c:v>Q1</c:v></c:pt>'
        '</c:strCache></c:strRef></c:tx><c:cat><c:strRef><c:strCache><c:pt idx="0"><c:v>East</c:v></c:pt></c:strCache>'
        '</c:strRef></c:cat><c:val><c:numRef><c:numCache><c:pt idx="0"><c:v>4.5000000001</c:v></c:pt></c:numCache>'
        "</c:numRef></c:val></c:ser></c:barChart></c:plotArea></c:chart></c:chartSpace>"
    )
    body = '<w:p><w:r><w:drawing><c:chart r:id="id_chart"/></w:drawing></w:r></w:p>'
    assert parse(make_docx(body, chart=chart)).text == "Sales\n\n| Q1\nEast | 4.5"


def test_headers_and_footers_stand_at_the_end_once() -> None:
    margin = f"<w:hdr {W}>{paragraph('Confidential')}</w:hdr>"
    footer = f"<w:ftr {W}>{paragraph('Page')}</w:ftr>"
    parsed = parse(make_docx(paragraph("Text"), header1=margin, header2=margin, footer1=footer))
    assert parsed.text == "Text\n\nConfidential\n\nPage"


def test_the_strict_form_of_the_format_is_read_too() -> None:
    strict = zipped(
        {
            "_rels/.rels": relations({"m": ("officeDocument", "/word/document.xml")}),
            "word/document.xml": '<w:document xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main"><w:body>'
            f"{paragraph('Strict')}</w:body></w:document>",
        }
    )
    assert parse(strict).text == "Strict"


def test_parts_in_another_format_are_named_as_left_out() -> None:
    parsed = parse(make_docx(paragraph("Text") + '<w:altChunk r:id="x"/>'))
    assert "other formats (1)" in parsed.remarks[0]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "encrypted"),
        (make_docx(paragraph("text"))[:300], "damaged"),
        (b"not a document", "damaged"),
        (zipped({"a.txt": "x"}), "no Word document"),
        (make_docx("<w:tbl><w:tr><w:tc>" * 300), "damaged"),
        (zipped({"word/document.xml": b" " * 300_000_000}), "MiB"),
    ],
    ids=["encrypted", "truncated", "text", "zip", "deep", "bomb"],
)
def test_what_is_no_readable_document_fails_with_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(ParseFailed, match=reason):
        parse(data)


def test_entities_are_not_expanded() -> None:
    laughs = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    document = f"{laughs}<w:document {W}><w:body>{paragraph('x&a;&f;y')}</w:body></w:document>"
    assert parse(zipped({"word/document.xml": document})).text == "x&a;&f;y"
