"""Messages: which part is the text, what is attached, and headers in any state."""

from __future__ import annotations

import io
from base64 import b64encode
from datetime import UTC, datetime
from email.header import Header
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ParseFailed
from indexer.parsers import Parsed
from indexer.parsers.archives.budget import Budget
from indexer.parsers.mail.message import MailParser
from tests.unit.indexer.mail.support import body


def parse(data: bytes, name: str = "folder/mail.eml") -> Parsed:
    return MailParser().parse(data, name=name)


def mail(*lines: str | bytes) -> bytes:
    return b"\n".join(line.encode() if isinstance(line, str) else line for line in lines)


def attached(data: bytes) -> dict[str, bytes]:
    """The bytes of each attachment by its path."""
    members = MailParser().members(io.BytesIO(data), name="mail.eml", budget=Budget(len(data)))
    return {member.path: member.open().read() for member in members}


def parts(kind: str, *inner: bytes, boundary: str = "b") -> bytes:
    body = b"".join(b"--" + boundary.encode() + b"\n" + part + b"\n" for part in inner)
    return mail(
        "From: a@b.c", f"Content-Type: multipart/{kind}; boundary={boundary}", "", body + f"--{boundary}--".encode()
    )


def test_the_subject_is_the_title_and_headers_are_metadata() -> None:
    parsed = parse(
        mail(
            "From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>",
            'To: "Doe, Jane" <jane@example.org>, bob@example.org,',
            "\t(a comment, with a comma) carl@example.org",
            "Subject: Re: The",
            " plan",
            "Date: Thu, 29 Feb 2024 12:00:00 +0200",
            "Message-ID: <1@x>",
            "In-Reply-To: <0@x> (of today)",
            "List-Id: The list <list.example.org>",
            "",
            "Yes.",
            "",
            "> Shall we?",
        )
    )
    assert (parsed.title, parsed.named) == ("Re: The plan", False)
    assert body(parsed) == "Yes.\n\n> Shall we?"
    assert parsed.metadata == {
        "from": "Jürgen <j@example.org>",
        "to": ("Doe, Jane <jane@example.org>", "bob@example.org", "(a comment, with a comma) carl@example.org"),
        "date": datetime(2024, 2, 29, 10, tzinfo=UTC),
        "message_id": "1@x",
        "in_reply_to": "0@x",
        "list_id": "list.example.org",
    }


def test_without_a_subject_the_file_names_the_document() -> None:
    parsed = parse(mail("From: a@b.c", "", "Text"))
    assert (parsed.title, parsed.named) == ("mail", True)


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        ("=?iso-8859-1?Q?caf=E9?=", "café"),
        ("=?utf-8?B?5aSp5Zyw?=", "天地"),
        ("=?utf-8?B?5aSp5Q==?= =?utf-8?B?nLA=?=", "天地"),  # a character in two words
        ("=?utf-8?q?one?= =?utf-8?q?two?=", "onetwo"),
        ("=?utf-8?q?one?= and =?utf-8?q?two?=", "one and two"),
        ("=?utf-8*en?q?one_two?=", "one two"),
        ("=?utf-8?q?Really??=", "Really?"),
        ("=?nonsense?q?caf=C3=A9?=", "café"),
        ("=?utf-8?b?!!!?=", ""),
        ("=?gb2312?B?zOy12A==?=", "天地"),
        ("caf\u00e9", "café"),
        (b"caf\xe9", "café"),
        ("=?utf-8?q?open", "=?utf-8?q?open"),
    ],
)
def test_encoded_words_are_read_however_they_are_written(header: bytes | str, shown: str) -> None:
    raw = header if isinstance(header, bytes) else header.encode()
    assert parse(mail("From: a@b.c", b"Subject: " + raw + b"!", "", "x")).title == f"{shown}!"


def test_a_header_in_utf_8_is_read_as_that_whatever_the_body_is() -> None:
    head = (b"To: dangl\xc3\xbce@b.c", b"Subject: \xb1\xb1\xbe\xa9", "Content-Type: text/plain; charset=GB2312", "")
    parsed = parse(mail(*head, "x"))
    assert (parsed.metadata["to"], parsed.title) == (("danglüe@b.c",), "北京")


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=60))
def test_what_the_standard_library_encodes_is_read_back(subject: str) -> None:
    encoded = Header(f"Re: {subject}", "utf-8").encode()
    title = parse(mail("From: a@b.c", f"Subject: {encoded}", "", "x")).title
    assert "".join(title.split()) == "".join(f"Re: {subject}".replace("\ufeff", "").split())


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("utf-8", "Grüße"),
        ("iso-8859-1", "naïve – café"),  # a dash that only the Windows code page has
        ("gb2312", "简体中文"),
        ("iso-2022-jp", "日本語"),
        ("koi8-r", "Русский"),
        ("utf-7", "Grüße"),
        ("nonsense", "Grüße aus Köln"),
    ],
)
def test_a_text_is_read_in_the_encoding_that_it_declares(charset: str, text: str) -> None:
    encoding = {"iso-8859-1": "cp1252", "nonsense": "utf-8"}.get(charset, charset)
    head = ("From: a@b.c", f"Content-Type: text/plain; charset={charset}", "Content-Transfer-Encoding: 8bit", "")
    assert body(parse(mail(*head, text.encode(encoding)))) == text


def test_plain_text_is_preferred_and_html_is_read_where_it_says_nothing() -> None:
    html = b"Content-Type: text/html\n\n<h1>Title</h1><p>Rich text.</p>"
    plain = b"Content-Type: text/plain\n\nPlain text that says it."
    assert body(parse(parts("alternative", plain, html))) == "Plain text that says it."
    for stub in (b"", b"Your program cannot show HTML."):
        rich = parse(parts("alternative", b"Content-Type: text/plain\n\n" + stub, html))
        assert body(rich) == "Title\n\nRich text."
        assert [heading.text for heading in rich.headings] == ["Title"]


def test_all_parts_that_are_shown_are_text_and_named_ones_are_attached() -> None:
    message = parts(
        "mixed",
        b"Content-Type: text/plain\n\nHello.",
        b'Content-Type: text/plain; name="notes.txt"\n\nNoted.',
        b"Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n\nJVBERg==",
        b"Content-Type: text/plain\n\nSent by the list.",
    )
    parsed = parse(message)
    assert body(parsed) == "Hello.\n\nSent by the list."
    assert parsed.metadata["attachments"] == ("notes.txt", "attachment-2.pdf")
    assert attached(message) == {"notes.txt": b"Noted.", "attachment-2.pdf": b"%PDF"}


def test_names_of_attachments_are_decoded_safe_and_unlike() -> None:
    def named(header: str) -> bytes:
        return f"Content-Type: application/octet-stream\nContent-Disposition: attachment; {header}\n\nx".encode()

    message = parts(
        "mixed",
        named("filename*=utf-8''%C3%A4.txt"),
        named('filename="=?utf-8?q?=C3=B6.txt?="'),
        named('filename="../../etc/passwd"'),
        named("filename=a.txt"),
        named("filename=a.txt"),
        named("filename=.txt"),
        named("filename=.hidden"),
    )
    assert list(attached(message)) == [
        "ä.txt", "ö.txt", "passwd", "a.txt", "a (2).txt", "attachment-5.txt", "attachment-6.hidden",
    ]  # fmt: skip


def test_a_forwarded_message_is_attached_as_a_message() -> None:
    inner = b"From: c@d.e\nSubject: Inner/outer\n\nInner text."
    message = parts("mixed", b"Content-Type: text/plain\n\nSee below.", b"Content-Type: message/rfc822\n\n" + inner)
    assert body(parse(message)) == "See below."
    ((path, data),) = attached(message).items()
    assert path == "Inner-outer.eml"
    assert body(parse(data)) == "Inner text."


def test_a_forwarded_message_may_be_encoded_against_the_rules() -> None:
    inner = b64encode(b"From: c@d.e\nSubject: Inner\n\nInner text.")
    head = b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\nContent-Disposition: x; filename=a.eml"
    assert parse(attached(parts("mixed", head + b"\n\n" + inner))["a.eml"]).title == "Inner"


def test_lines_that_were_broken_on_the_way_are_joined() -> None:
    head = ("From: a@b.c", "Content-Type: text/plain; format=flowed", "")
    parsed = parse(mail(*head, "One long ", "line.", "> quoted ", "> too", "-- ", "Ann"))
    assert body(parsed) == "One long line.\n> quoted too\n--\nAnn"


def test_messages_of_apple_mail_are_read_without_their_frame() -> None:
    message = mail("From: a@b.c", "", "Text")
    framed = str(len(message)).encode() + b"\n" + message + b"<?xml version='1.0'?><plist/>"
    assert body(parse(framed, "1.emlx")) == "Text"


def test_messages_of_the_standard_library_are_read_back() -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "ä <a@b.c>", "d@e.f", "Größe"
    message.set_content("Text mit Ümlaut.\n")
    message.add_alternative("<p>HTML</p>", subtype="html")
    message.add_attachment(b"data", maintype="application", subtype="zip", filename="ä.zip")
    parsed = parse(message.as_bytes())
    assert (parsed.title, body(parsed)) == ("Größe", "Text mit Ümlaut.")
    assert attached(message.as_bytes()) == {"ä.zip": b"data"}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"just some text\nwithout headers",
        mail("From: a@b.c", *["Content-Type: message/rfc822\n"] * 5000),
        mail("From: a@b.c", *(f"Content-Type: multipart/mixed; boundary=b{at}\n\n--b{at}" for at in range(5000))),
    ],
    ids=["empty", "text", "deep", "parts"],
)
def test_what_is_no_message_fails(data: bytes) -> None:
    with pytest.raises(ParseFailed):
        parse(data)


def test_a_message_that_is_encrypted_says_so() -> None:
    message = parts("encrypted", b"Content-Type: application/pgp-encrypted\n\nVersion: 1")
    assert "encrypted" in parse(message).remarks[0]


@pytest.mark.parametrize(
    "header",
    [
        'To: "' + '\\"' * 200_000,
        "To: " + "<" * 400_000,
        "To: " + "(" * 400_000,
        "Subject: " + "=?a?q?" * 100_000,
        'Content-Type: text/plain; a="' + "b;" * 200_000,
    ],
)
def test_long_hostile_headers_take_linear_time(header: str) -> None:
    assert body(parse(mail("From: a@b.c", header, "", "Text"))) == "Text"


def test_people_are_text_and_no_more_of_them_than_anybody_reads() -> None:
    many = ", ".join(f"Person {i} <p{i}@b.c>" for i in range(25))
    parsed = parse(mail("From: Ann Example <ann@b.c>", f"To: {many}", "Subject: The river", "", "It rises."))
    assert parsed.text.startswith("From: Ann Example <ann@b.c>\nTo: Person 0 <p0@b.c>, ")
    assert "Person 19 <p19@b.c> and 5 more\n\nIt rises." in parsed.text
    assert len(parsed.metadata["to"]) == 25  # type: ignore[arg-type]
