"""The encoding that a page declares: where it is looked for, and what happens if it cannot be right."""

from __future__ import annotations

import pytest

from indexer.parsers import parser_called

RUSSIAN = "Аренда квартир в Москве. Новости недвижимости для клиентов. " * 9
JAPANESE = "日本語の文章です。東京の天気は晴れです。" * 9
GREEK = "Η Αθήνα είναι η πρωτεύουσα της Ελλάδας και η μεγαλύτερη πόλη. " * 9
HEBREW = "ירושלים היא בירת ישראל והעיר הגדולה ביותר בה. " * 9
FRENCH = "L'été dernier, où étions-nous déjà allés à Noël ? " * 9
POLISH = "Zażółć gęślą jaźń, które są w Łodzi i też święta. " * 9
SERBIAN = "Београд је главни град Србије, који лежи на ушћу Саве. " * 9


def read(text: str, encoding: str, declared: str, before: str = "", after: bytes = b"") -> tuple[str, tuple[str, ...]]:
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={declared}">'
    page = f"<html><head>{before}{meta}<title>T</title></head><body><p>{text}".encode(encoding) + after
    parser = parser_called("html")
    assert parser is not None
    parsed = parser.parse(page, name="a.html")
    return parsed.text, parsed.remarks


@pytest.mark.parametrize(
    "before",
    [
        '<!-- <meta charset="iso-8859-1"> -->',
        "<script>page = '<meta charset=\"iso-8859-1\">';</script>",
        f"<style>/* {'x' * 40_000} */</style>",
        f'<meta name="keywords" content="{"слово, " * 300}">',
        '<meta name="description" content="encoding = koi8-r">',
    ],
)
@pytest.mark.parametrize("text", [RUSSIAN, "Да."])
def test_it_is_found_in_the_whole_head(before: str, text: str) -> None:
    assert read(text, "cp1251", "windows-1251", before) == (text.strip(), ())


@pytest.mark.parametrize(
    ("text", "encoding", "declared"),
    [
        (RUSSIAN, "cp1251", "iso-8859-1"),
        (RUSSIAN, "cp1251", "utf-8"),
        (RUSSIAN, "cp1251", "koi8-r"),
        (RUSSIAN, "koi8-r", "windows-1251"),
        (GREEK, "cp1253", "windows-1252"),
        (HEBREW, "cp1255", "iso-8859-1"),
        (JAPANESE, "cp932", "iso-8859-1"),
    ],
)
def test_one_that_gives_no_words_is_not_believed(text: str, encoding: str, declared: str) -> None:
    assert read(text, encoding, declared) == (text.strip(), ())


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (RUSSIAN.upper(), "cp1251"),
        (RUSSIAN, "koi8-r"),
        (SERBIAN, "iso-8859-5"),
        (POLISH, "iso-8859-2"),
        (FRENCH, "cp1252"),
    ],
)
def test_one_that_gives_words_is_believed(text: str, encoding: str) -> None:
    assert read(text, encoding, encoding) == (text.strip(), ())


@pytest.mark.parametrize(
    ("text", "encoding", "broken"), [(RUSSIAN, "cp1251", b"\x98"), (JAPANESE, "shift_jis", b"\x81")]
)
def test_a_broken_byte_spoils_no_more_than_itself(text: str, encoding: str, broken: bytes) -> None:
    shown, remarks = read(text, encoding, encoding, after=broken + b"</p>")
    assert shown == f"{text}\ufffd".strip() and "1 bytes" in remarks[0]


def test_scripts_that_do_not_end_are_passed_over_at_once() -> None:
    text, _ = read("Words.", "utf-8", "utf-8", "<script " * 8000)
    assert "<script" not in text
