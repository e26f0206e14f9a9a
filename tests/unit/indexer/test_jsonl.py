"""JSON lines: fields, identifiers, bad lines."""

from __future__ import annotations

import io
import json
from datetime import date
from typing import Any

import pytest

from engine.errors import ParseFailed
from indexer.parsers import Record
from indexer.parsers.base import BadRecord
from indexer.parsers.jsonl import JsonLinesParser

PARSER = JsonLinesParser()


def one(**fields: Any) -> Any:
    (record,) = PARSER.records(io.BytesIO(json.dumps(fields).encode()))
    return record


@pytest.mark.parametrize("field", ["text", "contents", "body", "content"])
def test_text_has_several_names(field: str) -> None:
    assert PARSER.parse(one(**{field: " Some text. ", "title": "T"})).text == "Some text."


def test_text_comes_before_its_other_names() -> None:
    assert PARSER.parse(one(body="second", text="first")).text == "first"


def test_identifier_url_and_metadata() -> None:
    record = one(
        _id=7, title="T", text="x", url="http://a/b", year=1999, day="2024-02-03", metadata={"tags": ["a"], "n": None}
    )
    assert (record.id, record.url, record.line) == ("7", "http://a/b", 1)
    assert PARSER.parse(record).metadata == {"year": 1999.0, "day": date(2024, 2, 3), "tags": ("a",)}


@pytest.mark.parametrize("fields", [{}, {"id": None}, {"id": ""}, {"id": " "}, {"id": [1]}, {"id": True}])
def test_a_record_without_a_usable_identifier_has_none(fields: Any) -> None:
    assert one(text="x", **fields).id is None


def test_bad_lines_are_told_by_number_and_the_rest_is_read() -> None:
    data = b'\xef\xbb\xbf{"_id": "a", "text": "x"}\n\n{broken\n[1, 2]\n"text"\n\xff\xfe\n{"_id": "b", "text": "y"}'
    found = list(PARSER.records(io.BytesIO(data)))
    assert [(record.line, isinstance(record, BadRecord)) for record in found] == [
        (1, False),
        (3, True),
        (4, True),
        (5, True),
        (6, True),
        (7, False),
    ]
    assert "Line 3" in found[1].reason


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "cp1252"])
def test_other_encodings_than_utf_8_are_read(encoding: Any) -> None:
    texts = ["Le café", "Genève"] if encoding == "cp1252" else ["Le café", "上海 \u2028 \u0a0a", "Genève"]
    lines = "".join(json.dumps({"text": text}, ensure_ascii=False) + "\r\n" for text in texts)
    found = list(PARSER.records(io.BytesIO(lines.encode(encoding))))
    assert [(record.line, record.fields["text"]) for record in found] == list(enumerate(texts, start=1))


def test_control_characters_in_a_record_are_taken_out() -> None:
    data = b'{"id": "a", "text": "one\0word\ttwo"}\n{"id": "b", "text": "first\x1csecond"}\n'
    found: list[Any] = list(PARSER.records(io.BytesIO(data)))
    assert [PARSER.parse(record).text for record in found] == ["oneword\ttwo", "first\nsecond"]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"name": "Kettle", "price": 19.5}, "name: Kettle\nprice: 19.5"),
        (
            {"sku": "K-1", "name": "Kettle\n, steel", "sold": True, "note": None},
            "sku: K-1\nname: Kettle , steel\nsold: true",
        ),
        ({"id": 7, "level": "error", "where": {"file": "a.py"}}, 'level: error\nwhere: {"file": "a.py"}'),
        ({"text": {"nested": "text"}}, 'text: {"nested": "text"}'),
    ],
)
def test_a_record_without_text_is_its_fields(fields: Any, text: str) -> None:
    assert PARSER.parse(one(**fields)).text == text


@pytest.mark.parametrize("fields", [{}, {"id": "x"}, {"id": "x", "note": None}])
def test_a_record_without_anything_fails_alone(fields: Any) -> None:
    with pytest.raises(ParseFailed, match="Line 1 has no text"):
        PARSER.parse(one(**fields))


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"text": ""}, ""),
        ({"text": None}, ""),
        ({"title": "only a title"}, ""),
        ({"text": "", "content": "the content"}, "the content"),
        ({"text": None, "body": "the body"}, "the body"),
        ({"page_content": "a page"}, "a page"),
        ({"passage": "a passage"}, "a passage"),
        ({"text": ["one", "two"]}, "one\n\ntwo"),
        ({"paragraphs": ["one", "two"]}, "one\n\ntwo"),
        ({"passages": ["one", None, "", "two"]}, "one\n\ntwo"),
        ({"paragraphs": ["a line\n\nand its next", "two"]}, "a line\nand its next\n\ntwo"),
        ({"paragraphs": [], "title": "only a title"}, ""),
        ({"text": "first", "contents": "second"}, "first"),
    ],
)
def test_the_first_text_that_is_not_empty_is_taken(fields: Any, text: str) -> None:
    assert PARSER.parse(one(**fields)).text == text


@pytest.mark.parametrize("name", ["_id", "id", "doc_id", "docid", "docno"])
def test_ids_have_many_names(name: str) -> None:
    (record,) = PARSER.records(io.BytesIO(json.dumps({name: "FT911-3", "text": "x"}).encode()))
    assert isinstance(record, Record)
    assert record.id == "FT911-3" and PARSER.parse(record).metadata == {}


def test_an_id_of_something_else_stays_a_field() -> None:
    (record,) = PARSER.records(io.BytesIO(b'{"id": "p1", "docid": "d", "text": "x"}'))
    assert isinstance(record, Record)
    assert (record.id, PARSER.parse(record).metadata) == ("p1", {"docid": "d"})


def test_only_newlines_end_a_line() -> None:
    separators = "a\u2028b\u2029c\u0085d\x1ce"
    lines = json.dumps({"text": separators}, ensure_ascii=False) + "\r\n" + json.dumps({"text": "second"}) + "\n"
    first, second = PARSER.records(io.BytesIO(lines.encode()))
    assert (first.line, second.line) == (1, 2)
    assert first.fields["text"] == separators


def test_large_integers_are_exact() -> None:
    assert PARSER.parse(one(text="x", tweet=1234567890123456789)).metadata == {"tweet": 1234567890123456789}


def test_escaped_surrogates_and_nul_are_made_harmless() -> None:
    (record,) = PARSER.records(
        io.BytesIO(b'{"_id": "\\ud800", "text": "a\\u0000b\\udfff", "k": "\\udc00", "n": NaN, "m": 1e999}')
    )
    assert isinstance(record, Record)
    parsed = PARSER.parse(record)
    assert (record.id, parsed.text, parsed.metadata) == ("\ufffd", "ab\ufffd", {"k": "\ufffd"})
