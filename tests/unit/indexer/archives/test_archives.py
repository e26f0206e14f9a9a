"""Archives: every member is given or accounted for, and none can fill the memory or write a file."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import stat
import sys
import tarfile
import zipfile
from collections.abc import Callable
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ParseFailed
from indexer.parsers import CONTAINERS, container_for
from indexer.parsers.archives import budget as bounds
from indexer.parsers.archives.budget import Budget, Exhausted
from indexer.parsers.archives.names import safe_path
from indexer.parsers.base import BadMember, Member, NoMember
from tests.support.files.office import zipped
from tests.support.files.warc import warc


def look(data: bytes, name: str) -> list[tuple[str, Any]]:
    """Path of each member and its bytes, or why there are none."""
    container = container_for(name)
    assert container is not None
    found: list[tuple[str, Any]] = []
    for member in container.members(io.BytesIO(data), name=name, budget=Budget(len(data))):
        if isinstance(member, Member):
            with member.open() as stream:
                found.append((member.path, stream.read()))
        else:
            found.append((member.path, member.reason))
    return found


TarMode = Literal["w", "w:gz", "w:bz2", "w:xz"]


def tarred(*entries: tuple[str, bytes], mode: TarMode = "w", kind: bytes = tarfile.REGTYPE) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, content in entries:
            entry = tarfile.TarInfo(name)
            entry.size, entry.type = len(content), kind
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_members_of_a_zip_are_given_in_order(method: int) -> None:
    data = zipped({"b/": "", "b/c.md": "# C", "a.txt": "A"}, method)
    assert look(data, "x.zip") == [("b/c.md", b"# C"), ("a.txt", b"A")]


@pytest.mark.parametrize(
    ("name", "mode"),
    [("x.tar", "w"), ("x.tar.gz", "w:gz"), ("X.TGZ", "w:gz"), ("x.tar.bz2", "w:bz2"), ("x.txz", "w:xz")],
)
def test_members_of_a_tar_are_given_in_order(name: str, mode: TarMode) -> None:
    assert look(tarred(("b/c.md", b"# C"), ("a.txt", b"A"), mode=mode), name) == [("b/c.md", b"# C"), ("a.txt", b"A")]


@pytest.mark.parametrize(
    ("name", "pack"), [("a.md.gz", gzip.compress), ("a.md.bz2", bz2.compress), ("a.md.xz", lzma.compress)]
)
def test_a_compressed_file_holds_the_file_of_its_own_name(name: str, pack: Callable[..., Any]) -> None:
    assert look(pack(b"text"), name) == [("a.md", b"text")]


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("utf-8", ["größe.txt", "plain.txt"]),
        ("cp437", ["größe.txt", "Äpfel und Öl.txt"]),
        ("cp866", ["Отчёт за год.txt", "план.txt"]),
        ("gbk", ["审计系统压缩包文件检索测试.txt", "审计系统自动巡检需求.txt"]),
        ("cp932", ["東京都の報告書について.txt", "会議の議事録です.txt"]),
    ],
)
def test_names_that_declare_no_encoding_are_read_as_they_were_meant(encoding: str, names: list[str]) -> None:
    archive = zipped({f"{at:040}": "x" for at in range(len(names))}, zipfile.ZIP_STORED)
    for at, name in enumerate(names):
        raw = name.encode(encoding)
        archive = archive.replace(b"%040d" % at, raw.ljust(40, b"_"))
    assert [path.rstrip("_") for path, _ in look(archive, "x.zip")] == names


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("C:\\Windows\\a.txt", "Windows/a.txt"),
        ("a/./b//c.txt", "a/b/c.txt"),
        ("a\x1b[2J\n\0b.txt", "ab.txt"),
        ("..", "unnamed"),
        ("/A:", "unnamed"),
        ("C:D:/../E:\\x", "x"),
        ("C:..", "unnamed"),
        ("notes/tab: 2.txt", "notes/tab: 2.txt"),
    ],
)
def test_names_lead_nowhere(name: str, path: str) -> None:
    assert safe_path(name) == path


@given(st.text(max_size=40))
def test_a_safe_path_is_safe_again(name: str) -> None:
    path = safe_path(name)
    assert safe_path(path) == path
    assert ".." not in path.split("/")


def test_links_are_passed_over_and_named() -> None:
    assert look(tarred(("a", b""), kind=tarfile.SYMTYPE), "x.tar") == [("a", "a link")]
    entry = zipfile.ZipInfo("a")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    assert look(buffer.getvalue(), "x.zip") == [("a", "a link")]


def test_encrypted_members_fail_by_name_and_the_others_are_read() -> None:
    data = bytearray(zipped({"secret.txt": "x", "open.txt": "y"}, zipfile.ZIP_STORED))
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(signature) + offset] |= 1
    assert look(bytes(data), "x.zip") == [("secret.txt", "It is encrypted."), ("open.txt", b"y")]


BOMB = bytes(400 * 2**20)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (zipped({"a.txt": BOMB}), "x.zip"),
        (gzip.compress(BOMB, 1), "a.txt.gz"),
        (tarred(("passed-over.bin", BOMB), ("a.txt", b"x"), mode="w:gz"), "x.tgz"),
    ],
    ids=["zip", "gzip", "tar"],
)
def test_a_bomb_ends_when_more_comes_out_than_may(data: bytes, name: str) -> None:
    with pytest.raises(Exhausted, match="MiB come out of it"):
        look(data, name)


def test_the_bound_is_on_all_members_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "FLOOR", 1000)
    data = zipped({f"{at}.txt": bytes(300) for at in range(5)}, zipfile.ZIP_STORED)
    assert len(look(data, "x.zip")) == 5  # they are no larger than the archive
    with pytest.raises(Exhausted):
        container = container_for("x.zip")
        assert container is not None
        for member in container.members(io.BytesIO(data), name="x.zip", budget=Budget(1)):
            assert isinstance(member, Member)
            member.open().read()


def test_members_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MEMBERS", 3)
    with pytest.raises(Exhausted, match="more than 3 files"):
        look(zipped({str(at): "" for at in range(4)}), "x.zip")


def test_a_sparse_file_is_not_made_of_its_zeros() -> None:
    entry = tarfile.TarInfo("a.txt")
    header = bytearray(entry.tobuf(tarfile.GNU_FORMAT))
    header[156] = ord("S")
    header[483:495] = b"77777777777\0"  # its size with the zeros
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    assert look(bytes(header) + bytes(1024), "x.tar") == [("a.txt", "It is a sparse file.")]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "x.zip"),
        (b"PK\3\4", "x.zip"),
        (zipped({"a": "b" * 1000}, zipfile.ZIP_STORED)[:200], "x.zip"),
        (b"", "x.tar"),
        (b"text" * 500, "x.tar.gz"),
        (gzip.compress(b"text" * 500), "x.tgz"),
        (gzip.compress(b"text" * 500, mtime=0)[:-12], "a.txt.gz"),
        (b"\x1f\x8bjunk", "a.txt.gz"),
    ],
    ids=range(8),
)
def test_damaged_archives_fail(data: bytes, name: str) -> None:
    with pytest.raises(ParseFailed):
        look(data, name)


@pytest.mark.parametrize("container", CONTAINERS, ids=lambda container: container.name)
@given(data=st.data())
def test_any_bytes_are_survived(container: Any, data: st.DataObject) -> None:
    good = {
        "warc": warc(("response", "http://a.b/c", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>Words", "")),
        "zip": zipped({"a.txt": "text", "b/c.md": "# C" * 20}),
        "tar": tarred(("a.txt", b"text"), ("b" * 120, b"x")),
        "compressed": gzip.compress(b"text"),
        "mbox": b"From a Thu Feb 29 12:00:00 2024\nA: b\n\ntext",
        "mail": b"From: a\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/x; name=a\n\nx\n--b--",
    }[container.name]
    changed = bytearray(good)
    for place, byte in data.draw(st.lists(st.tuples(st.integers(0, len(good) - 1), st.integers(0, 255)), max_size=8)):
        changed[place] = byte
    cut = bytes(changed[: data.draw(st.integers(0, len(good)))])
    try:
        for member in container.members(io.BytesIO(cut), name=f"x{container.suffixes[0]}", budget=Budget(len(cut))):
            assert isinstance(member, Member | BadMember | NoMember)
            assert member.path or isinstance(member, NoMember)
            if isinstance(member, Member):
                try:
                    member.open().read()
                except ParseFailed as failure:
                    assert failure.message.endswith(".")
    except ParseFailed as failure:
        assert failure.message.endswith(".")


def test_a_web_archive_without_its_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "warcio", None)
    monkeypatch.setitem(sys.modules, "warcio.archiveiterator", None)
    with pytest.raises(ParseFailed) as told:
        look(warc(("resource", "http://a.b/c", "Words", "")), "a.warc")
    assert "web-archive" in told.value.remedy
