"""Mailboxes in the format mbox, read as a stream: each message is a file of its own, named by its Message-ID.

https://www.rfc-editor.org/rfc/rfc4155, with the quoting of lines that begin with "From " undone.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from functools import partial
from typing import IO

from engine.errors import ParseFailed
from indexer.parsers.archives.budget import Budget, unpacking
from indexer.parsers.archives.names import LENGTH
from indexer.parsers.base import BadMember, Member, NoMember
from indexer.parsers.decoding import clean

_FROM = re.compile(rb"From .*\d:\d\d")  # with a time: sentences may begin with the word
_QUOTED = re.compile(rb">+From ")
_IDENTIFIER = re.compile(rb"^message-id:[ \t]*(?:\r?\n[ \t]+)?<?([^<>\s]++)", re.IGNORECASE | re.MULTILINE)
_HEADERS = 64 * 1024  # bytes in which the Message-ID is looked for
_MESSAGE = 512 * 2**20  # bytes of one message
_BLOCK = 2**20  # bytes that are read at once; longer lines are rare


class Mailbox:
    name = "mbox"
    label = "mailboxes"
    suffixes = (".mbox",)
    mark = "#"

    def members(self, stream: IO[bytes], *, name: str, budget: Budget) -> Iterator[Member | BadMember | NoMember]:
        for number, message in enumerate(_messages(stream), start=1):
            budget.member()
            path = _identifier(message) or str(number)
            yield Member(path, f"{path}.eml", partial(io.BytesIO, message), number)


def _messages(stream: IO[bytes]) -> Iterator[bytes]:
    """The messages of a mailbox, each with the line that parts it from the one before."""
    parts: list[bytes] | None = None
    size, blank, whole = 0, True, True
    for line in _lines(stream):
        if parts is None:
            if not line.removeprefix(b"\xef\xbb\xbf").strip():
                continue
            if not line.removeprefix(b"\xef\xbb\xbf").startswith(b"From "):
                raise ParseFailed('It is not a mailbox: it does not begin with "From ".', "Save it as .eml or .mbox.")
            parts = [line]
        elif blank and _FROM.match(line):
            yield b"".join(parts)
            parts, size = [line], 0
        else:
            parts.append(line[1:] if whole and _QUOTED.match(line) else line)
            size += len(line)
            if size > _MESSAGE:
                raise ParseFailed(f"A message has more than {_MESSAGE // 2**20} MiB.", "Split the mailbox.")
        blank, whole = whole and not line.strip(), line.endswith(b"\n")
    if parts is not None:
        yield b"".join(parts)


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """The lines; what ends with a carriage return alone, as on old Macs, ends with a line feed instead."""
    rest, end = b"", b""
    while True:
        with unpacking():
            block = stream.read(_BLOCK)
        if not block:
            break
        end = end or (b"\r" if b"\r" in block and b"\n" not in block else b"\n")
        *lines, rest = (rest + block).split(end)
        yield from (line + b"\n" for line in lines)
        if len(rest) > _BLOCK:
            yield rest
            rest = b""
    if rest:
        yield rest


def _identifier(message: bytes) -> str:
    """The Message-ID; "" if there is none."""
    head = message[:_HEADERS]
    end = min((place for place in (head.find(b"\n\n"), head.find(b"\n\r\n")) if place >= 0), default=len(head))
    found = _IDENTIFIER.search(head, 0, end)
    if found is None:
        return ""
    return "".join(filter(str.isprintable, clean(found[1].decode("utf-8", "replace"))))[:LENGTH]
