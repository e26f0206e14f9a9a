"""What every registered parser keeps to: a document or ParseFailed, whatever the bytes."""

from __future__ import annotations

import gzip
import io
import json
import random
from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from engine.errors import ParseFailed
from engine.text.places import fit
from engine.types import LocatorKind
from indexer.parsers import (
    PARSERS,
    RECORD_PARSERS,
    BadRecord,
    Parsed,
    Parser,
    RecordParser,
    parser_for,
    record_parser_for,
)
from indexer.parsers.base import NoRecords
from indexer.parsers.jsonl import JsonLinesParser
from tests.contract.samples import SAMPLES
from tests.support.files.office import core, make_docx, make_epub, make_odf, make_pptx, make_xlsx, paragraph, shape
from tests.support.pdfs import make_pdf

_RANDOM = random.Random(7)
JUNK = {
    "empty": b"",
    "one NUL": b"\0",
    "white space": b" \r\n\t\x0b\x0c ",
    "PNG": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0\0\0\1\0\x08\x06\0\0\0" + _RANDOM.randbytes(2000),
    "gzip": gzip.compress(b"some text that was compressed " * 50),
    "noise": _RANDOM.randbytes(5000),
    "high bytes": bytes(range(128, 256)) * 20,
    "broken UTF-8": "naïve café 天地".encode()[:-1],
    "lone mark": b"\xff\xfe",
    "half of UTF-16": b"\xff\xfea\0b",
    "surrogates in UTF-16": b"\xff\xfe\x00\xd8a\0",
    "null page": b"<html>\0<body>\0\0text",
    "unclosed": b"<p><b><table><tr><td><!-- <script>" * 20,
    "declared and wrong": b'<?xml version="1.0" encoding="nonsense"?><meta charset="utf-16">\xe9t\xe9',
    "deep": b"<div>" * 5000 + b"text",
    "deep quote": b">" * 5000 + b"text",
    "deep list": b"\n".join(b"  " * depth + b"- item" for depth in range(400)),
    "brackets": b"[" * 3000,
    "endless front matter": b"---\na: b\n" + b"x" * 100_000,
    "bad front matter": b"---\n{{ a: [\n: :\ndate: 2024-99-99\n&a *b\n---\nbody",
    "PDF header": b"%PDF-1.7\n",
    "PDF with junk": b"%PDF-1.7\n" + _RANDOM.randbytes(3000),
}
VALID = {
    "text": b"Prose of one kind or another. " * 40,
    "utf-16": "Grüße, 天地玄黄\r\n".encode("utf-16") * 3,
    "page": b"<html lang=en><head><title>T</title></head><body><h1>T</h1><p>A paragraph.</p></body></html>",
    "markdown": b"---\ntitle: T\n---\n# H\n\n- a\n- b\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
    "PDF": make_pdf([["First page"], ["Second page"]]),
    **{name: text for name, (_, text) in SAMPLES.items()},
    "bibtex": b'@string{a = {b}}\n@article{k, title = {T {X}}, journal = a # "c", year = 1990}\n',
    "Word": make_docx(paragraph("Words") * 3, properties=core("T", "A", "2024-01-01")),
    "slides": make_pptx(shape("Words", placeholder="title")),
    "sheets": make_xlsx({"S": '<row r="1"><c r="A1"><v>1</v></c></row>'}),
    "OpenDocument": make_odf('<office:text><text:h text:outline-level="1">H</text:h><text:p>P</text:p></office:text>'),
    "book": make_epub({"a.xhtml": "<html><body><h1>H</h1><p>P</p></body></html>"}),
    "RTF": rb"{\rtf1\ansi{\fonttbl{\f0 A;}}\pard Words {\footnote n}\par\intbl a\cell b\cell\row}",
    "mail": b"From: a@b.c\nSubject: =?utf-8?q?S?=\nContent-Type: text/plain; charset=utf-8\n\nWords.\n",
}


@pytest.fixture(params=PARSERS, ids=lambda parser: parser.name)
def parser(request: pytest.FixtureRequest) -> Parser:
    return request.param


def keeps_to_contract(parser: Parser, data: bytes) -> None:
    try:
        parsed = parser.parse(data, name=f"folder/file{parser.suffixes[0]}")
    except ParseFailed as failure:
        assert failure.message.endswith(".")
        assert failure.remedy.endswith(".")
        return
    assert_well_formed(parsed)
    assert parsed.title


def assert_well_formed(parsed: Parsed) -> None:
    places = " ".join(locator.value for locator in parsed.locators)
    for text in (parsed.title, parsed.text, places, json.dumps(parsed.metadata, default=str, ensure_ascii=False)):
        text.encode("utf-8")
        assert "\0" not in text
        assert "\r" not in text
    assert parsed.text == parsed.text.strip()
    starts = [heading.start for heading in parsed.headings]
    assert starts == sorted(starts)
    for heading, end in zip(parsed.headings, [*starts[1:], len(parsed.text)], strict=False):
        # The name of a function stands below its comment, which begins the section.
        section = " ".join(parsed.text[heading.start : max(end, heading.start + len(heading.text))].split())
        assert heading.text in section
        assert 1 <= heading.level <= 6
    assert_locators(parsed)


def assert_locators(parsed: Parsed) -> None:
    assert fit(parsed.locators, len(parsed.text))
    places = [locator.start for locator in parsed.locators]
    assert all(one <= other for one, other in pairwise([0, *places, max(len(parsed.text) - 1, 0)]))
    for locator in parsed.locators:
        assert locator.kind in get_args(LocatorKind)
        assert locator.value == locator.value.strip() != ""
        assert "\n" not in locator.value
    assert parsed.language is None or (len(parsed.language) == 2 and parsed.language.islower())


def test_registry_names_each_format_once() -> None:
    parsers = [*PARSERS, *RECORD_PARSERS]
    assert len({parser.name for parser in parsers}) == len(parsers)
    assert len({parser.label for parser in parsers}) == len(parsers)
    suffixes = [suffix for parser in parsers for suffix in parser.suffixes]
    assert len(set(suffixes)) == len(suffixes)
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in suffixes)


def test_files_find_their_parser_by_suffix_in_any_case(parser: Parser) -> None:
    for suffix in parser.suffixes:
        assert parser_for(f"a.b{suffix}") is parser
        assert parser_for(f"A.B{suffix.upper()}") is parser
        assert record_parser_for(f"a{suffix}") is None


@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK.keys())
def test_junk_is_a_document_or_a_typed_failure(parser: Parser, junk: bytes) -> None:
    keeps_to_contract(parser, junk)


@pytest.mark.parametrize("data", VALID.values(), ids=VALID.keys())
def test_every_format_survives_every_other_and_truncation(parser: Parser, data: bytes) -> None:
    for length in range(0, len(data) + 1, max(1, len(data) // 25)):
        keeps_to_contract(parser, data[:length])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=300))
def test_any_bytes(parser: Parser, data: bytes) -> None:
    keeps_to_contract(parser, data)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.sampled_from("ab \n\t#*_`[]()<>!|-:{}%&;\"'=/\\0.天é\u200b"), max_size=200))
@example("\t 0")  # indented code that is indented once more
@example("<pre> 0")
def test_any_markup(parser: Parser, text: str) -> None:
    keeps_to_contract(parser, text.encode())


def test_parsing_twice_gives_the_same(parser: Parser) -> None:
    for data in VALID.values():
        try:
            first = parser.parse(data, name="x")
        except ParseFailed:
            continue
        assert parser.parse(data, name="x") == first


@pytest.mark.parametrize("records", RECORD_PARSERS, ids=lambda parser: parser.name)
@pytest.mark.parametrize("junk", [*JUNK.values(), *VALID.values()], ids=[*JUNK.keys(), *VALID.keys()])
def test_record_parsers_account_for_every_line_of_junk(records: RecordParser, junk: bytes) -> None:
    try:
        found = list(records.records(io.BytesIO(junk)))
    except ParseFailed as failure:  # a format that is not of lines
        assert failure.message.endswith(".") and failure.remedy.endswith(".")
        return
    if isinstance(records, JsonLinesParser):
        wide = junk.startswith((b"\xff\xfe", b"\xfe\xff"))
        plain = junk.decode("utf-16", "replace").encode(errors="replace") if wide else junk
        assert len(found) == sum(1 for line in io.BytesIO(plain) if line.removeprefix(b"\xef\xbb\xbf").strip())
    for record in found:
        if not isinstance(record, BadRecord | NoRecords):
            try:
                assert_well_formed(records.parse(record))
            except ParseFailed:
                continue
