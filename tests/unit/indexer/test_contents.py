"""What is in a file: documents with ids of their own, found again when nothing has changed, in files in files."""

from __future__ import annotations

import base64
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from engine.errors import ParseFailed
from indexer import parsers
from indexer.parsers import parser_called
from indexer.parsers.archives import budget
from indexer.parsers.ocr.choosing import PICTURE
from indexer.sandbox import parse as sandbox
from indexer.sandbox.parse import Limits, parse_sandboxed
from indexer.sources.contents import FILE_BYTES, contents
from indexer.sources.source import Failed, Skipped, Source, discover
from tests.support.files.office import make_docx, make_pptx, paragraph, shape, zipped
from tests.support.pdfs import make_pdf

MAIL = (
    b"From: a@b.c\nSubject: Papers\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSee the file.\n"
    b"--b\nContent-Type: text/plain; name=notes.txt\n\nNoted.\n--b\nContent-Type: image/png; name=a.png\n\n\0\1\n--b--\n"
)
FROM = b"From a Thu Feb 29 12:00:00 2024\n"


def found(path: Path) -> dict[str, str]:
    """The text of each document by its id below `path`, or what became of it."""
    items = {}
    for item in discover([path]):
        name = (item.id if isinstance(item, Source) else item.path).removeprefix(f"{path}")
        items[name] = item.parse().text if isinstance(item, Source) else f"{type(item).__name__}: {item.reason}"
    return items


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def tarred(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def test_members_of_an_archive_are_documents_named_by_archive_and_path(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.zip", zipped({"b/c.md": "# C", "x.bin": b"\0\1", ".hidden.txt": "x", "__MACOSX/a.txt": "x"})
    )
    assert found(path) == {
        "!/b/c.md": "C",
        "!/x.bin": "Skipped: no parser",
        "!/.hidden.txt": "Skipped: hidden",
        "!/__MACOSX/a.txt": "Skipped: hidden",
    }


def test_a_message_and_its_attachments_are_documents(tmp_path: Path) -> None:
    assert found(write(tmp_path / "m.eml", MAIL)) == {
        "": "From: a@b.c\n\nSee the file.",
        "#notes.txt": "Noted.",
        "#a.png": f"Skipped: {PICTURE}",
    }


def test_each_message_of_a_mailbox_is_a_document(tmp_path: Path) -> None:
    box = FROM + b"Message-ID: <1@x>\n" + MAIL + b"\n" + FROM + b"Subject: s\n\nTwo\n"
    assert found(write(tmp_path / "box.mbox", box)) == {
        "#1@x": "From: a@b.c\n\nSee the file.",
        "#1@x#notes.txt": "Noted.",
        "#1@x#a.png": f"Skipped: {PICTURE}",
        "#2": "Two",
    }


def test_a_mailbox_called_text_is_a_mailbox(tmp_path: Path) -> None:
    box = FROM + b"Message-ID: <1@x>\nSubject: s\nTo: c@d\n\nOne\n\n" + FROM + b"Subject: s\n\nTwo\n"
    assert found(write(tmp_path / "box.txt", box)) == {"#1@x": "To: c@d\n\nOne", "#2": "Two"}
    assert found(write(tmp_path / "a.zip", zipped({"box.txt": box}))) == {
        "!/box.txt#1@x": "To: c@d\n\nOne",
        "!/box.txt#2": "Two",
    }


@pytest.mark.parametrize("name", ["README", "notes.old", "b/LICENSE.bak2"])
def test_members_of_no_known_suffix_are_recognised_as_files_are(tmp_path: Path, name: str) -> None:
    beginnings = {
        "a page": b"<!DOCTYPE html><title>T</title><p>Words",
        "text": b"Words",
        "a PDF": make_pdf([["Words"]]),
    }
    for kind, data in beginnings.items():
        for archive in (zipped({name: data}), tarred({name: data}), zipped({"a.zip": zipped({name: data})})):
            ((_, text),) = found(write(tmp_path / ("a.zip" if archive[:2] == b"PK" else "a.tar.gz"), archive)).items()
            assert text == "Words", kind


def test_a_long_member_without_a_suffix_is_whole(tmp_path: Path) -> None:
    text = "\n".join(f"Line {number} of a long text." for number in range(20_000))
    assert found(write(tmp_path / "a.zip", zipped({"README": text}))) == {"!/README": text}


def test_mail_without_a_suffix_in_mail_ends_too(tmp_path: Path) -> None:
    head = b"From: a@b.c\nTo: a@b.c\nSubject: s\nContent-Type: application/octet-stream; name=inner\n"
    data = head + b"\ninmost"
    for _ in range(budget.DEPTH + 3):
        data = head + b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(data)
    outcomes = found(write(tmp_path / "a.eml", data))
    assert outcomes[f"{'#inner' * (budget.DEPTH + 1)}"] == (
        f"Failed: Files lie in files more than {budget.DEPTH} deep."
    )
    assert len(outcomes) == budget.DEPTH + 2


def test_keys_and_signatures_are_no_text(tmp_path: Path) -> None:
    parts = {
        "signature": "-----BEGIN PGP SIGNATURE-----\n\niQEz\n-----END PGP SIGNATURE-----\n",
        "id_rsa": "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY-----\n",
        "signed": "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nWords\n",
    }
    outcomes = found(write(tmp_path / "a.zip", zipped(parts)))
    assert outcomes["!/signature"] == outcomes["!/id_rsa"] == "Skipped: no parser"
    assert "Words" in outcomes["!/signed"]


def test_records_and_files_in_files_in_files_are_found(tmp_path: Path) -> None:
    inner = zipped({"rows.jsonl": '{"text": "row"}\n', "m.eml": MAIL})
    assert found(write(tmp_path / "a.zip", zipped({"b.zip": inner}))) == {
        "!/b.zip!/rows.jsonl#1": "row",
        "!/b.zip!/m.eml": "From: a@b.c\n\nSee the file.",
        "!/b.zip!/m.eml#notes.txt": "Noted.",
        "!/b.zip!/m.eml#a.png": f"Skipped: {PICTURE}",
    }


def test_archives_in_archives_end(tmp_path: Path) -> None:
    data = zipped({"a.txt": "deepest"})
    for _ in range(budget.DEPTH + 3):
        data = zipped({"a.zip": data})
    ((name, outcome),) = found(write(tmp_path / "a.zip", data)).items()
    assert outcome == f"Failed: Files lie in files more than {budget.DEPTH} deep."
    assert name.count("!/") == budget.DEPTH + 1


def test_an_archive_that_gives_too_much_fails_as_a_whole_and_what_came_before_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "FLOOR", 500)
    bomb = zipped({"a.txt": "first", "b.zip": zipped({"c.txt": bytes(10**6)})})
    assert list(found(write(tmp_path / "a.zip", bomb)).items()) == [
        ("!/a.txt", "first"),
        ("", "Failed: More than 0 MiB come out of it."),
    ]


def test_a_damaged_member_fails_alone(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.txt": "first " * 9, "b.txt": "second"}, zipfile.ZIP_STORED))
    data[data.index(b"first")] ^= 1
    outcomes = found(write(tmp_path / "a.zip", bytes(data)))
    assert "CRC" in outcomes["!/a.txt"]
    assert outcomes["!/b.txt"] == "second"


def test_what_has_not_changed_is_known_by_its_hash(tmp_path: Path) -> None:
    path = write(tmp_path / "a.zip", zipped({"a.txt": "same", "b.txt": "old"}))
    before = {item.id: item.content_hash for item in discover([path]) if isinstance(item, Source)}
    write(path, zipped({"new.txt": "new", "a.txt": "same", "b.txt": "other"}))
    after = {item.id: item.content_hash for item in discover([path]) if isinstance(item, Source)}
    assert after[f"{path}!/a.txt"] == before[f"{path}!/a.txt"]
    assert after[f"{path}!/b.txt"] != before[f"{path}!/b.txt"]


def test_reading_an_archive_is_lazy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    items = discover([write(tmp_path / "a.zip", zipped({f"{at}.txt": "x" for at in range(5)}))])
    opened: list[str] = []
    read = zipfile.ZipFile.open
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda self, entry: opened.append(entry.filename) or read(self, entry))
    assert opened == []
    next(items)
    assert opened == ["0.txt"]


def test_dangerous_formats_are_parsed_elsewhere_and_come_back_whole(tmp_path: Path) -> None:
    write(tmp_path / "a.docx", make_docx(paragraph("Words")))
    write(tmp_path / "b.pptx", make_pptx(shape("One"), shape("Two")))
    write(tmp_path / "c.pdf", make_pdf([["First page"]]))
    parsed = [item.parse() for item in discover([tmp_path]) if isinstance(item, Source)]
    assert [document.text for document in parsed] == ["Words", "One\n\nTwo", "First page"]
    assert [(locator.kind, locator.value) for locator in parsed[1].locators] == [("slide", "1"), ("slide", "2")]


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(seconds=0.2), "0.2 seconds"),
        (Limits(memory_bytes=32 * 2**20), "memory"),
        (Limits(output_bytes=100), "100 bytes"),
    ],
    ids=["time", "memory", "text"],
)
def test_a_file_that_meets_a_limit_fails_with_a_reason_and_the_next_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limits: Limits, reason: str
) -> None:
    heavy = make_docx(paragraph("word " * 10) * (200_000 if reason == "memory" else 20_000))
    write(tmp_path / "a.docx", heavy)
    write(tmp_path / "b.docx", make_docx(paragraph("light")))
    first, second = (item for item in discover([tmp_path]) if isinstance(item, Source))
    second.parse()  # the first process takes its time to start
    with monkeypatch.context() as patched:
        patched.setattr(sandbox, "_OWN", limits)
        with pytest.raises(ParseFailed, match=reason):
            first.parse()
    assert second.parse().text == "light"


def test_a_process_that_is_killed_is_a_failure_of_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (item,) = discover([write(tmp_path / "a.docx", make_docx(paragraph("x")))])
    assert isinstance(item, Source)
    monkeypatch.setattr(sandbox, "_receive", lambda *_: (_ for _ in ()).throw(EOFError()))
    with pytest.raises(ParseFailed, match="crashed the parser"):
        item.parse()


def test_a_file_of_no_kind_is_skipped_or_failed_if_it_was_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xyz", b"\0")
    assert [type(item) for item in discover([tmp_path])] == [Skipped]
    (item,) = discover([path])
    assert isinstance(item, Failed)
    assert "Word" in item.remedy


def test_a_tar_in_a_zip_is_read(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        entry = tarfile.TarInfo("a.txt")
        entry.size = 4
        archive.addfile(entry, io.BytesIO(b"text"))
    assert found(write(tmp_path / "a.zip", zipped({"b.tgz": buffer.getvalue()}))) == {"!/b.tgz!/a.txt": "text"}


@pytest.mark.parametrize("name", ["page.html", "page.data"])
def test_a_page_that_is_large_is_parsed_in_a_process_of_its_own(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = write(tmp_path / name, b"<!doctype html><title>Rivers</title><p>A river rises.</p>" + b"<p>" * 500)
    reader = parser_called("html")
    (inside,) = contents(page, reader)
    monkeypatch.setattr(parsers, "_LARGE", 1000)
    (apart,) = contents(page, reader)
    assert isinstance(inside, Source) and isinstance(apart, Source)
    assert getattr(apart.parse, "func", None) is parse_sandboxed is not getattr(inside.parse, "func", None)
    assert (apart.parse(), apart.content_hash) == (inside.parse(), inside.content_hash)


def test_a_file_that_the_memory_cannot_hold_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "huge.txt").open("wb") as file:
        file.truncate(2**40)
    write(tmp_path / "a.txt", b"Some text.")
    refused, read = sorted(found(tmp_path).values())
    assert refused == f"Failed: It has 1024.0 GiB; {FILE_BYTES / 2**30:.1f} GiB can be read as one document here."
    assert read == "Some text."


def test_a_file_that_takes_all_memory_has_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path) -> bytes:
        raise MemoryError

    monkeypatch.setattr("indexer.sources.contents.read_file", full)
    write(tmp_path / "a.txt", b"Some text.")
    assert found(tmp_path) == {"/a.txt": "Failed: The memory does not hold it."}
