"""Mailboxes: a message ends where the next begins, and is named by its Message-ID."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ParseFailed
from indexer.parsers.archives.budget import Budget
from indexer.parsers.mail.mailbox import Mailbox

FROM = b"From ann@example.org Thu Feb 29 12:00:00 2024\n"


def messages(data: bytes) -> list[tuple[str, bytes]]:
    found = Mailbox().members(io.BytesIO(data), name="box.mbox", budget=Budget(len(data)))
    return [(member.path, member.open().read()) for member in found]


def test_messages_are_named_by_their_id_else_by_their_number() -> None:
    data = FROM + b"Message-ID: <1@x>\n\nOne\n\n" + FROM + b"Subject: s\n\nMessage-ID: <2@x>\n"
    assert [path for path, _ in messages(data)] == ["1@x", "2"]


def test_a_message_keeps_its_id_when_those_before_it_are_deleted() -> None:
    first, second = FROM + b"Message-ID: <1@x>\n\nOne\n\n", FROM + b"Message-ID:\n <2@x>\n\nTwo\n"
    assert messages(first + second)[1] == messages(second)[0]


def test_lines_that_begin_with_from_are_text_unless_they_part_messages() -> None:
    data = FROM + b"Subject: s\n\nFrom now on\nfine.\n\nFrom here, too.\n>From quoted\n>>From twice\n"
    ((_, message),) = messages(data)
    assert message.endswith(b"From now on\nfine.\n\nFrom here, too.\nFrom quoted\n>From twice\n")


def test_windows_line_ends_and_a_mark_before_the_first_line_do_no_harm() -> None:
    data = b"\xef\xbb\xbf" + (FROM + b"A: b\n\nOne\n\n" + FROM + b"A: b\n\nTwo\n").replace(b"\n", b"\r\n")
    assert [message.split()[-1] for _, message in messages(data)] == [b"One", b"Two"]


def test_lines_of_old_macs_end_with_a_carriage_return() -> None:
    data = (FROM + b"A: b\n\nOne\n>From x\n\n" + FROM + b"A: b\n\nTwo\n").replace(b"\n", b"\r")
    assert [message for _, message in messages(data)] == [
        FROM + b"A: b\n\nOne\nFrom x\n\n",
        FROM + b"A: b\n\nTwo\n",
    ]


@pytest.mark.parametrize("data", [b"Subject: x\n\ntext", b"\x00\x01\x02"])
def test_what_is_no_mailbox_fails(data: bytes) -> None:
    with pytest.raises(ParseFailed, match="not a mailbox"):
        messages(data)


def test_an_empty_mailbox_holds_nothing() -> None:
    assert messages(b"\n\n") == []


@given(st.lists(st.text(st.sampled_from("ab \n>F"), max_size=40), min_size=1, max_size=5))
def test_every_message_comes_out(bodies: list[str]) -> None:
    data = b"".join(FROM + b"A: b\n\n" + body.encode() + b"\n\n" for body in bodies)
    assert [message.decode() for _, message in messages(data)] == [
        f"{FROM.decode()}A: b\n\n{body}\n\n" for body in bodies
    ]
