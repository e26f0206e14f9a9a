"""Web archives: what a crawler was answered is read by its content type, all else is summed."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from indexer.parsers.archives.names import LENGTH
from indexer.parsers.ocr.choosing import PICTURE
from indexer.sources.source import Failed, Skipped, Source, discover
from tests.support.files.warc import warc
from tests.support.pdfs import make_pdf

pytest.importorskip("warcio", reason="install the extra web-archive")

PAGE = "<!DOCTYPE html><html><head><title>Wings</title></head><body><p>They lift the air.</p></body></html>"


def answer(
    content: str | bytes, kind: str = "text/html; charset=utf-8", status: str = "200 OK", more: str = ""
) -> bytes:
    body = content.encode() if isinstance(content, str) else content
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{more}\r\n".encode() + body


def found(path: Path, data: bytes) -> list[Any]:
    path.write_bytes(data)
    return list(discover([path]))


def texts(items: list[Any]) -> dict[str, str]:
    return {item.id: item.parse().text for item in items if isinstance(item, Source)}


@pytest.mark.parametrize("name", ["crawl.warc", "crawl.warc.gz"])
def test_answers_are_documents_under_their_addresses(tmp_path: Path, name: str) -> None:
    data = warc(
        ("warcinfo", "", "software: x", "application/warc-fields"),
        ("request", "http://a.b/", "GET / HTTP/1.1\r\nHost: a.b\r\n\r\n", ""),
        ("response", "http://a.b/", answer(PAGE), ""),
        ("response", "http://a.b/get?id=7", answer(make_pdf([["A page of it"]]), "application/pdf"), ""),
        ("response", "http://a.b/notes.md", answer("# Notes\n\nof *it*", "text/plain"), ""),
        ("response", "http://a.b/page.pdf", answer(PAGE), ""),
        ("response", "http://a.b/.well-known/x", answer("Plain words.", "text/plain"), ""),
        ("response", "http://a.b/a.png", answer(b"\x89PNG\r\n\x1a\n\0\0", "image/png"), ""),
        ("response", "http://a.b/gone", answer("gone", status="404 Not Found"), ""),
        ("response", "http://a.b/moved", answer("moved", status="301 Moved"), ""),
        ("revisit", "http://a.b/", answer(""), ""),
        ("resource", "http://a.b/r.txt", "A resource.", "text/plain"),
        ("conversion", "http://a.b/w", "A conversion.", "text/plain"),
        ("resource", "dns:a.b", "1.2.3.4", "text/dns"),
        packed=name.endswith(".gz"),
    )
    items = found(tmp_path / name, data)
    assert texts(items) == {
        "http://a.b/": "They lift the air.",
        "http://a.b/get?id=7": "A page of it",
        "http://a.b/notes.md": "Notes\n\nof it",
        "http://a.b/page.pdf": "They lift the air.",
        "http://a.b/.well-known/x": "Plain words.",
        "http://a.b/r.txt": "A resource.",
        "http://a.b/w": "A conversion.",
    }
    skipped = {(item.path, item.reason) for item in items if isinstance(item, Skipped)}
    path = str(tmp_path / name)
    assert skipped == {
        ("http://a.b/a.png", PICTURE),
        *((path, f"{kind} records (1)") for kind in ("warcinfo", "request", "revisit")),
        *((path, f"responses of status {status} (1)") for status in (404, 301)),
        (path, "records of no web address (1)"),
    }
    assert all(item.uri == item.id and item.file == path for item in items if isinstance(item, Source))


def test_chunks_and_packing_of_http_are_undone(tmp_path: Path) -> None:
    packed = gzip.compress(PAGE.encode())
    chunked = b"%x\r\n%b\r\n%x\r\n%b\r\n0\r\n\r\n" % (9, packed[:9], len(packed) - 9, packed[9:])
    more = "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"
    data = warc(("response", "http://a.b/", answer(chunked, more=more), ""))
    assert texts(found(tmp_path / "a.warc", data)) == {"http://a.b/": "They lift the air."}
    other = warc(("response", "http://a.b/", answer(b"\x0b\x02", more="Content-Encoding: zstd\r\n"), ""))
    assert [item.reason for item in found(tmp_path / "b.warc", other)] == [
        "responses in another encoding than gzip or brotli (1)"
    ]


BROTLI = "Content-Encoding: br\r\n"


@pytest.mark.parametrize("chunked", [False, True])
def test_content_packed_with_brotli_is_read(tmp_path: Path, chunked: bool) -> None:
    packed = pytest.importorskip("brotli").compress(PAGE.encode())
    if chunked:
        packed = b"%x\r\n%b\r\n%x\r\n%b\r\n0\r\n\r\n" % (9, packed[:9], len(packed) - 9, packed[9:])
    more = BROTLI + ("Transfer-Encoding: chunked\r\n" if chunked else "")
    data = warc(("response", "http://a.b/", answer(packed, more=more), ""))
    assert texts(found(tmp_path / "a.warc", data)) == {"http://a.b/": "They lift the air."}


def test_damaged_brotli_fails_by_name_and_the_next_page_is_read(tmp_path: Path) -> None:
    packed = pytest.importorskip("brotli").compress(PAGE.encode())
    for bad in (packed[:-9], b"no brotli", b""):
        data = warc(
            ("response", "http://a.b/", answer(bad, more=BROTLI), ""), ("response", "http://a.c/", answer(PAGE), "")
        )
        items = found(tmp_path / "a.warc", data)
        assert [item.path for item in items if isinstance(item, Failed)] == ["http://a.b/"]
        assert texts(items) == {"http://a.c/": "They lift the air."}


def test_a_brotli_bomb_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.parsers.archives.budget.FLOOR", 3 * 10**6)
    bomb = answer(pytest.importorskip("brotli").compress(b"Words. " * 10**7), "text/plain", more=BROTLI)
    items = found(tmp_path / "a.warc", warc(("response", "http://a.b/0", bomb, "")))
    assert [item.reason for item in items] == ["More than 2 MiB come out of it."]


def test_without_the_package_a_page_packed_with_brotli_fails_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.parsers.archives.warc.is_available", lambda: False)
    data = warc(
        ("response", "http://a.b/", answer(b"..", more=BROTLI), ""), ("response", "http://a.c/", answer(PAGE), "")
    )
    items = found(tmp_path / "a.warc", data)
    (failed,) = (item for item in items if isinstance(item, Failed))
    assert failed.path.endswith("#http://a.b/") and "winnow-search[web-archive]" in failed.remedy
    assert texts(items) == {"http://a.c/": "They lift the air."}


@pytest.mark.parametrize("packed", [False, True])
def test_an_archive_that_is_cut_off_gives_what_came_before(tmp_path: Path, packed: bool, capsys: Any) -> None:
    records = [("response", f"http://a.b/{number}", answer(PAGE), "") for number in range(3)]
    data = warc(*records, packed=packed)
    items = found(tmp_path / ("a.warc.gz" if packed else "a.warc"), data[:-60])
    assert set(texts(items)) >= {"http://a.b/0", "http://a.b/1"}
    assert {type(item) for item in items if not isinstance(item, Source)} == {Failed}
    assert isinstance(items[-1], Failed) and items[-1].path.startswith(str(tmp_path))
    assert capsys.readouterr().err == ""


def test_wrong_lengths_are_survived_and_not_written_to_the_terminal(tmp_path: Path, capsys: Any) -> None:
    first = warc(("response", "http://a.b/0", answer(PAGE), ""))
    size = len(answer(PAGE))
    short = first.replace(b"Content-Length: %d" % size, b"Content-Length: %d" % (size - 5))
    found(tmp_path / "a.warc", short + first)
    assert capsys.readouterr().err == ""


def test_headers_without_end_and_bombs_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    endless = warc(("response", "http://a.b/0", answer(PAGE), "")) + b"WARC/1.0\r\nX: " + b"a" * (3 * 2**20)
    items = found(tmp_path / "a.warc.gz", gzip.compress(endless))
    assert set(texts(items)) == {"http://a.b/0"}
    (failed,) = (item for item in items if isinstance(item, Failed))
    assert "headers" in failed.reason
    monkeypatch.setattr("indexer.parsers.archives.budget.FLOOR", 10**6)
    bomb = answer(gzip.compress(b"Words. " * 10**6), "text/plain", more="Content-Encoding: gzip\r\n")
    items = found(tmp_path / "b.warc", warc(("response", "http://a.b/0", bomb, "")))
    assert [item.reason for item in items] == ["More than 2 MiB come out of it."]


def test_a_file_that_is_no_archive_fails(tmp_path: Path) -> None:
    for data in (b"Some prose.\n" * 9, b"", b"\0\1\2", b"WARC/1.0\r\n"):
        items = found(tmp_path / "a.warc", data)
        assert not texts(items)


def test_addresses_are_bounded_and_plain(tmp_path: Path) -> None:
    long = "http://a.b/" + "a" * LENGTH
    items = found(
        tmp_path / "a.warc", warc(("resource", long, "x", ""), ("resource", "<http://a.b/\x07c>", "Words", ""))
    )
    assert isinstance(items[0], Failed)
    assert texts(items) == {"http://a.b/c": "Words"}


@pytest.mark.parametrize("name", ["old.arc", "old.arc.gz"])
def test_archives_of_the_older_format_are_read(tmp_path: Path, name: str) -> None:
    content = answer(PAGE)
    about = b"1 0 A crawl\nURL IP-address Archive-date Content-type Archive-length\n"
    records = [
        b"filedesc://old.arc 127.0.0.1 20140216050221 text/plain %d\n" % len(about) + about + b"\n",
        b"http://a.b/ 93.184.216.119 20140216050221 text/html %d\n" % len(content) + content + b"\n",
    ]
    data = b"".join(gzip.compress(record) if name.endswith(".gz") else record for record in records)
    assert texts(found(tmp_path / name, data)) == {"http://a.b/": "They lift the air."}


def test_scripts_and_style_sheets_are_counted(tmp_path: Path) -> None:
    data = warc(
        ("response", "http://a.b/main.css", answer("p {color: red}", "text/css; charset=utf-8"), ""),
        ("response", "http://a.b/run?v=2", answer("var a = 1;", "application/x-javascript"), ""),
        ("response", "http://a.b/lib.js", answer("var b = 2;", "text/plain"), ""),
        ("resource", "http://a.b/page.js", PAGE, "text/html"),
    )
    items = found(tmp_path / "a.warc", data)
    assert list(texts(items)) == ["http://a.b/page.js"]
    assert [item.reason for item in items if isinstance(item, Skipped)] == ["scripts and style sheets (3)"]
