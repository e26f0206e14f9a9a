"""Mail without a suffix: recognised by its headers, as in a Maildir and in the folders of Thunderbird."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexer.parsers import container_for, parser_for
from indexer.parsers.mail.heads import is_mailbox, is_message
from indexer.parsers.recognition import suffix_of
from indexer.sandbox.parse import parse_upload
from indexer.sources.source import Source, discover
from tests.unit.indexer.mail.support import body

HEAD = (
    b"Return-Path: <a@b.c>\nReceived: from b.c (b.c [1.2.3.4])\n\tby d.e with SMTP; 9 Jun 2017 16:07:18 -0000\n"
    b"From: a@b.c\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\nMIME-Version: 1.0\n"
)
PLAIN = (
    HEAD + b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nGr=C3=BC=C3=9Fe.\n"
)
MIXED = HEAD + (
    b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Transfer-Encoding: base64\n\nVGhlIHJpdmVyLg==\n"
    b"--b\nContent-Type: text/plain; name=notes.txt\n\nNoted.\n--b--\n"
)


@pytest.mark.parametrize("name", ["mail_test_7", "1496842338.M1P2.host:2,S", "42."])
def test_a_message_of_a_maildir(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(MIXED)
    whole, attached = (item.parse() for item in discover([tmp_path]) if isinstance(item, Source))
    assert (whole.title, body(whole), whole.metadata["from"]) == ("Grüße", "The river.", "a@b.c")
    assert whole.remarks == () and body(attached) == "Noted."


def test_a_message_called_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(PLAIN)
    (item,) = discover([tmp_path])
    assert isinstance(item, Source)
    parsed = item.parse()
    assert body(parsed) == "Grüße." and "named .txt, but it is a mail message" in parsed.remarks[0]


def test_a_mailbox(tmp_path: Path) -> None:
    letter = b"From a@b.c Fri Jun  9 16:07:18 2017\n" + PLAIN
    (tmp_path / "Inbox").write_bytes(letter + b"\n" + letter)
    parsed = [item.parse() for item in discover([tmp_path]) if isinstance(item, Source)]
    assert [body(one) for one in parsed] == ["Grüße."] * 2
    assert [[(place.kind, place.value) for place in one.locators] for one in parsed] == [
        [("message", "1")],
        [("message", "2")],
    ]


def test_an_upload() -> None:
    parsed = parse_upload(MIXED, "message")
    assert body(parsed) == "The river." and "attachments were left out" in parsed.remarks[-1]


@pytest.mark.parametrize(
    "head",
    [
        PLAIN,
        PLAIN.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + PLAIN,
        "From: Jürgen\nTo: b\nSubject: Öl\n\nx".encode("latin-1"),
        b"Path: news!not-for-mail\nNewsgroups: sci.med\nFrom: a@b.c\nSubject: x\nLines: 3\n\nWords.",
        (b"Return-Path: a\nMessage-ID: b\n" + b"Received: from a\n\tby b\n" * 4000 + PLAIN)[: 64 * 1024],
    ],
)
def test_heads_of_messages(head: bytes) -> None:
    assert suffix_of(head) == ".eml" and getattr(parser_for("a", head), "name", None) == "mail"
    assert container_for("a", head) is not None


@pytest.mark.parametrize(
    "head",
    [
        b"Title: A\nAuthor: B\nDate: 2024\nSubject: C\n\nMultiMarkdown.",
        b"From: the river\nto the sea.\n\nA poem.",
        b"From here on, at 10:30, all was quiet.\nNobody spoke.\n",
        b"Package: winnow\nVersion: 1\nDepends: python3\n\n",
        b"Notes\n\nFrom: a@b.c\nTo: d@e.f\nSubject: quoted below\nDate: x\n\n",
        b"PEP: 703\nTitle: GIL\nAuthor: S\nStatus: Final\nType: Standards\nContent-Type: text/x-rst\n\n",
    ],
)
def test_text_that_has_colons(head: bytes) -> None:
    assert suffix_of(head) == ".txt"


@pytest.mark.parametrize(
    "head", [b"x" * 10**6, b"From " + b"x" * 10**6, b"From: a\n" + b"x" * 10**6, b"a" * 10**6 + b"\n"]
)
def test_a_long_line_is_no_head(head: bytes) -> None:
    assert not is_message(head)  # it would take an hour if each of its bytes were tried as the beginning of a line
    assert not is_mailbox(head)


def test_mail_with_the_line_ends_of_old_macs() -> None:
    assert is_message(PLAIN.replace(b"\n", b"\r"))
    assert is_mailbox((b"From a@b.c Fri Jun  9 16:07:18 2017\n" + PLAIN).replace(b"\n", b"\r"))
