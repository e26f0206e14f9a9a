"""Uploads made to harm: each is parsed or refused, in time, and the service's own process does not grow."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from engine.errors import ParseFailed
from engine.text.places import in_words, places_of
from indexer.parsers import PARSERS, parser_for
from indexer.parsers.base import Parsed
from indexer.sandbox import parse as sandbox
from indexer.sandbox import template
from indexer.sandbox.parse import Limits, pack_parsed, parse_upload, safe_name
from tests.api.hostile import MEGABYTE, Upload, uploads
from tests.contract.samples import SAMPLES
from tests.support.files.office import (
    core,
    make_docx,
    make_epub,
    make_odf,
    make_pptx,
    make_xlsx,
    paragraph,
    shape,
    zipped,
)
from tests.support.pdfs import make_pdf

GOOD = {
    "a.txt": b"The river and the city.",
    "latin.txt": "naïve café, Größe und Maß für die Übung. ".encode("latin-1") * 20,
    "wide.txt": "Grüße, 天地玄黄\r\n".encode("utf-16") * 3,
    "b.md": b"---\ntitle: T\ndate: 2024-01-31\ntags: [a, b]\nyear: 2024\ndraft: true\n---\n# H\n\n- a\n\n| a |\n|---|\n| 1 |\n",
    "c.html": b"<html lang=en><head><title>T</title></head><body><h1>T</h1>" + b"<p>A paragraph.</p>" * 30,
    "japanese.html": b'<meta charset="shift_jis"><p>' + "東京の天気".encode("shift_jis"),
    "d.pdf": make_pdf([["First page"], ["Second page"]], title="T"),
    "no suffix": b"The river and the city.",
    **{f"{name}{suffix}": text for name, (suffix, text) in SAMPLES.items()},
    "e.docx": make_docx(paragraph("Words"), properties=core("T", "A", "2024-01-01T10:00:00Z")),
    "f.pptx": make_pptx(shape("One"), shape("Two")),
    "g.odt": make_odf('<office:text><text:h text:outline-level="1">H</text:h><text:p>P</text:p></office:text>'),
    "h.rtf": rb"{\rtf1\ansi{\fonttbl{\f0\fcharset128 A;}}\f0 \'83e}",
    "i.epub": make_epub({"a.xhtml": "<html><body><h1>H</h1><p>P</p></body></html>"}),
    "j.eml": b"From: a@b.c\nSubject: S\nDate: Thu, 29 Feb 2024 12:00:00 +0000\n\nWords.\n",
    "k.doc": rb"{\rtf1 Words}",
    **({"l.xlsx": make_xlsx({"S": '<row r="1"><c r="A1"><v>1</v></c></row>'})} if find_spec("python_calamine") else {}),
}


def resident() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def parse(upload: Upload, limits: Limits) -> Parsed | None:
    """None where it is refused; anything but ParseFailed is a failure of the test."""
    try:
        return parse_upload(upload.data, upload.name, limits)
    except ParseFailed as failure:
        assert failure.message and failure.remedy, upload.kind
        return None


MANY = "wiki dump.xml"  # which holds many documents


@pytest.mark.parametrize("name", [name for name in GOOD if name != MANY])
def test_good_documents_come_out_as_they_do_in_process(name: str) -> None:
    parser = parser_for(name, GOOD[name])
    assert parser is not None
    uploaded, parsed = parse_upload(GOOD[name], name), parser.parse(GOOD[name], name=name)
    assert replace(uploaded, locators=()) == replace(parsed, locators=())


def test_a_file_of_many_documents_is_refused_as_one() -> None:
    with pytest.raises(ParseFailed, match="many documents"):
        parse_upload(GOOD[MANY], MANY)


def test_lines_of_an_upload_are_those_of_its_file() -> None:
    parsed = parse_upload(b"\n\nThe river\nand the city.", "a.txt")
    assert [in_words(places_of(parsed.text, parsed.locators, *span)) for span in ((0, 9), (10, 23))] == [
        "line 3",
        "line 4",
    ]


@pytest.mark.parametrize(
    "locators",
    [None, [[0, "page", "1"]], [[9, "page", "1", False]], [[0, "x", "1", False]], [[float("inf"), "page", "1", 0]]],
)
def test_an_answer_with_places_that_are_none_is_no_document(locators: object) -> None:
    reply = {**pack_parsed(Parsed("t", "text")), "locators": locators}
    with pytest.raises(ParseFailed, match="no document"):
        sandbox._parsed(reply, b"text", "a.txt")


def test_attachments_of_an_upload_are_named_as_left_out() -> None:
    parts = b"--b\n\nText\n--b\nContent-Type: text/plain; name=a.txt\n\nx\n--b--"
    message = b"From: a@b.c\nContent-Type: multipart/mixed; boundary=b\n\n" + parts
    assert "attachments were left out" in parse_upload(message, "a.eml").remarks[0]


def test_every_format_was_tried() -> None:
    tried = {parser.name for parser in PARSERS} - ({"sheet"} if find_spec("python_calamine") is None else set())
    assert tried <= {getattr(parser_for(name), "name", "") for name in GOOD}


def test_fifty_hostile_uploads() -> None:
    """Small ones, with little time each; two at once."""
    parse_upload(b"warm", "a.txt")
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda upload: parse(upload, Limits(seconds=3)), uploads(50, scale=0.05)))
    assert sum(result is not None for result in results) > 10  # odd, but documents
    assert parse_upload(b"still here", "a.txt").text == "still here"


@pytest.mark.timed
def test_a_hundred_hostile_uploads_of_full_size() -> None:
    """The live server gets all two hundred (tests/api/security/test_uploads.py); here its own process is watched."""
    parse_upload(b"warm", "a.txt")
    before = 0
    for number, upload in enumerate(uploads(100)):
        parse(upload, Limits())
        if number == 60:  # every kind was there twice
            before = resident()
    assert resident() - before < 100 * MEGABYTE
    assert parse_upload(b"still here", "a.txt").text == "still here"


def test_a_hang_is_ended_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = next(
        upload for upload in uploads(60) if upload.kind == "html_attributes" and len(upload.data) > MEGABYTE / 2
    )
    with pytest.raises(ParseFailed, match="second"):
        parse_upload(bomb.data, bomb.name, Limits(seconds=0.3))


def test_memory_is_bounded() -> None:
    with pytest.raises(ParseFailed):
        parse_upload(b"<p>a" * 500_000, "a.html", Limits(memory_bytes=30 * MEGABYTE))


@pytest.mark.parametrize(
    ("data", "name", "limits", "reason"),
    [
        (b"a" * 100, "a.txt", Limits(upload_bytes=99), "100 bytes"),
        (b"a" * 2000, "a.txt", Limits(output_bytes=1000), "1000 bytes"),
        (make_pdf([["a"]] * 4), "a.pdf", Limits(pages=3), "4 pages"),
        (b"{}", "a.jsonl", Limits(), "many documents"),
        (b"\0", "a.exe", Limits(), "No parser"),
        (zipped({"a.txt": "a"}), "a.zip", Limits(), "many documents"),
    ],
)
def test_limits_are_named(data: bytes, name: str, limits: Limits, reason: str) -> None:
    with pytest.raises(ParseFailed, match=reason):
        parse_upload(data, name, limits)


def test_the_limits_themselves_are_allowed() -> None:
    assert parse_upload(b"a" * 99, "a.txt", Limits(upload_bytes=99)).text == "a" * 99
    assert parse_upload(make_pdf([["a"]] * 3), "a.pdf", Limits(pages=3)).metadata["pages"] == 3


def test_nothing_outside_is_read() -> None:
    page = b'<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><html><body><p>a &x; b</p></body></html>'
    assert "root:" not in parse_upload(page, "a.xhtml").text


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("..\\..\\a.md", "a.md"),
        ("/a/b/", "b"),
        ("a\0\x1b[2J\n.txt", "a.txt"),
        ("", "document"),
        ("/", "document"),
        ("x" * 5000 + ".md", "x" * 252 + ".md"),
        ("\udc80.txt", "\ufffd.txt"),
    ],
)
def test_names_are_made_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_a_killed_template_is_started_again() -> None:
    parse_upload(b"a", "a.txt")
    assert template._template is not None
    template._template._process.kill()
    template._template._process.wait()
    assert parse_upload(b"b", "a.txt").text == "b"


@pytest.mark.timed
def test_workers_leave_neither_zombies_nor_descriptors() -> None:
    parse_upload(b"a", "a.txt")
    before = len(list(Path("/proc/self/fd").iterdir()))
    threads = threading.active_count()
    for _ in range(20):
        parse_upload(b"a", "a.txt")
    # Fewer is no fault of these workers: what other tests left may be closed meanwhile.
    assert len(list(Path("/proc/self/fd").iterdir())) <= before
    assert threading.active_count() <= threads
