"""The heads of messages and mailboxes, by which mail is recognised whatever its file is called (RFC 5322, RFC 4155)."""

from __future__ import annotations

import re

_NAMES = frozenset(
    b"authentication-results bcc cc content-transfer-encoding content-type date delivered-to dkim-signature from "
    b"in-reply-to list-id message-id mime-version newsgroups received received-spf references reply-to return-path "
    b"sender subject to x-mailer x-original-to x-originating-ip".split()
)
_TELLING = frozenset((b"from", b"received", b"return-path", b"message-id"))
_LEAST = 3  # known names, so that a few lines with colons are no head
_HEADER = re.compile(rb"([!-9;-~]+)[ \t]*:")
_FROM = re.compile(rb"From \S.*\d:\d\d")


def is_message(head: bytes) -> bool:
    """Whether bytes begin with the headers of a message: known names, up to an empty line or the end."""
    return _is_head(head, _LEAST)


def is_mailbox(head: bytes) -> bool:
    """Whether bytes begin as a mailbox does: a line "From ...", then the headers of a message."""
    first, _, rest = _unix(head).removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")
    return _FROM.match(first) is not None and _is_head(rest, _LEAST - 1)


def _is_head(head: bytes, least: int) -> bool:
    names: set[bytes] = set()
    *lines, _ = _unix(head).removeprefix(b"\xef\xbb\xbf").split(b"\n")  # the last may be cut off
    for line in lines:
        if not line.strip():
            break
        if line[:1] in b" \t" and names:
            continue
        header = _HEADER.match(line)
        if header is None:
            return False
        names.add(header[1].lower())
    known = names & _NAMES
    return len(known) >= least and not known.isdisjoint(_TELLING)


def _unix(head: bytes) -> bytes:
    """The same with line feeds where lines end with a carriage return alone, as on old Macs."""
    return head if b"\n" in head else head.replace(b"\r", b"\n")
