"""PDF: paragraphs, titles, damage; and the 31 sample files, none of which may crash."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from engine.errors import ParseFailed
from indexer.parsers.pdf import PdfParser
from indexer.parsers.pdflines import join_lines
from tests.support.pdfs import make_pdf
from tests.support.shared_data import unpacked

LONG = [
    "The quick brown fox jumps over the lazy dog and then over the second one, with-",
    "out a pause. It is late in the day, and nobody is there to see or to applaud it.",
    "A last line.",
    "A new paragraph begins here and is long enough to be wrapped into the following",
    "line of the page.",
]


def test_pages_paragraphs_and_properties():
    parsed = PdfParser().parse(make_pdf([LONG, ["Second page."]], title="Foxes"), name="a.pdf")
    assert parsed.title == "Foxes"
    assert parsed.metadata == {"pages": 2.0, "author": "A. Writer"}
    assert parsed.headings == ()
    first, second = parsed.text.split("\n\n")
    assert "without a pause" in first
    assert "wrapped into the following line of the page." in first
    assert second == "Second page."


def test_title_is_the_first_line_else_the_file():
    assert PdfParser().parse(make_pdf([["A Heading", "Text."]]), name="a.pdf").title == "A Heading"
    assert PdfParser().parse(make_pdf([["word " * 40]]), name="a.pdf").title == "a"


def test_no_text_layer_names_the_remedy():
    with pytest.raises(ParseFailed, match=r"no text layer.*OCR"):
        PdfParser().parse(make_pdf([[]]), name="scan.pdf")


@pytest.mark.parametrize("step", [37])
def test_truncated_and_corrupted_files_never_crash(step):
    data = make_pdf([LONG, LONG])
    for position in range(0, len(data), step):
        for broken in (data[:position], data[:position] + b"\xff\0<<" + data[position + 4 :]):
            try:
                PdfParser().parse(broken, name="broken.pdf")
            except ParseFailed as failure:
                assert failure.remedy


def test_threads_do_not_disturb_each_other():
    documents = [make_pdf([[f"Document {n} line {line}"] for line in range(5)]) for n in range(8)]
    with ThreadPoolExecutor(4) as pool:
        texts = list(pool.map(lambda data: PdfParser().parse(data, name="x.pdf").text, documents * 4))
    assert all(f"Document {n % 8} line 4" in text for n, text in enumerate(texts))


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("exam\ufffeple", "example"),
        ("Anglo\ufffeSaxon", "Anglo-Saxon"),
        ("state-of-the\ufffeart", "state-of-the-art"),
        ("exam-\nple of it", "example of it"),
        ("Name:\nAge:\nTown:", "Name:\nAge:\nTown:"),
        ("- one\n- two", "- one\n- two"),
        ("some text\n12", "some text"),
        ("12", "12"),
        ("1 Foo . . . . . . . . . . . . . . . . . . 2\n2 Bar........... 3\nEnd", "1 Foo … 2\n2 Bar … 3\nEnd"),
        (
            "A full line of words that goes on and on.\n1.2 Next chapter",
            "A full line of words that goes on and on.\n1.2 Next chapter",
        ),
        ("", ""),
    ],
)
def test_lines_are_joined_as_a_reader_would(page, text):
    assert join_lines(page) == text


def test_sample_files(tmp_path):
    files = sorted(unpacked("pdf", tmp_path).rglob("*.pdf"))
    assert len(files) == 31
    reasons = {}
    for file in files:
        try:
            assert PdfParser().parse(file.read_bytes(), name=file.name).text
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


def test_pages_without_a_text_layer_are_named():
    parsed = PdfParser().parse(make_pdf([[], ["Some text."], [], [], []]), name="a.pdf")
    assert len(parsed.remarks) == 1 and "Pages 1, 3-5 have no text layer" in parsed.remarks[0]
    assert "Page 1 has" in PdfParser().parse(make_pdf([[], ["Some text."]]), name="a.pdf").remarks[0]
    assert PdfParser().parse(make_pdf([["Some text."]]), name="a.pdf").remarks == ()
