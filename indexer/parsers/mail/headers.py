"""The headers of a message, with their encoded words read (RFC 2047), however broken.

The standard library's own reading of whole headers (`policy.default`) raises at many broken ones, decodes a character
that two encoded words share to rubbish, and takes quadratic time on some; so only its splitting into headers is used.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime

from indexer.parsers.mail.charsets import short_text_of

_FOLD = re.compile(r"\r?\n(?=[ \t])")
_WORD = re.compile(r"=\?([^?\s]++)\?([bBqQ])\?([^?]*+(?:\?(?!=)[^?]*+){0,3}+)\?=")
_QUOTED = re.compile(rb"=([0-9A-Fa-f]{2})")
# An address ends at a comma that stands in no quotes, brackets or comment.
_ADDRESS = re.compile(r"""(?:"(?:[^"\\]|\\.?)*+(?:"|\Z)|<[^<>]*+>|\([^()]*+\)|[^,;"<(]|["<(])++""", re.DOTALL)
_IDENTIFIER = re.compile(r"<([^<>\s]++)>")


class Headers:
    """The headers of one message, or of one part of it."""

    def __init__(self, message: Message) -> None:
        self._raw: dict[str, str] = {}
        for name, value in message.raw_items():
            self._raw.setdefault(name.lower(), str(value))
        try:
            self._charset = message.get_content_charset()
        except (LookupError, ValueError):
            self._charset = None

    def __iter__(self) -> Iterator[str]:
        """The names, in lower case."""
        return iter(self._raw)

    def text(self, name: str) -> str:
        """The header as a line of text; "" where there is none."""
        return self._decoded(self._raw.get(name, ""))

    def addresses(self, name: str) -> tuple[str, ...]:
        """The addresses in a header, each as `Name <name@host>`."""
        found = (self._address(piece) for piece in _ADDRESS.findall(self._raw.get(name, "")))
        return tuple(address for address in found if address)

    def identifier(self, name: str) -> str:
        """The first identifier in a header, without its angle brackets: a Message-ID, a List-Id; "" without one."""
        text = self.text(name)
        found = _IDENTIFIER.search(text)
        return found[1] if found else text if " " not in text else ""

    def date(self, name: str) -> datetime | None:
        """The moment in a header, in UTC; None where it is none."""
        text = self.text(name)[:200]
        for read in (parsedate_to_datetime, datetime.fromisoformat):
            try:
                moment = read(text)
                return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
            except (ValueError, TypeError, OverflowError, IndexError):
                continue
        return None

    def _address(self, piece: str) -> str:
        name, bracket, address = piece.rpartition("<")
        if not bracket:
            return self._decoded(piece)
        shown = self._decoded(name).strip("\"' ").replace('\\"', '"')
        address = address.partition(">")[0].strip()
        return f"{shown} <{address}>" if shown and shown != address else address

    def _decoded(self, raw: str) -> str:
        data = raw.encode("utf-8", "surrogateescape")  # bytes beyond ASCII were kept as they are
        try:
            text = data.decode()  # what is not encoded in words is UTF-8 (RFC 6532), whatever the body is
        except UnicodeDecodeError:
            text = short_text_of(data, self._charset)
        return " ".join(decoded_words(_FOLD.sub("", text)).split())


def decoded_words(text: str) -> str:
    """The text with its encoded words decoded; adjacent ones may share a character."""
    return "".join(piece if isinstance(piece, str) else short_text_of(piece[1], piece[0]) for piece in _pieces(text))


def _pieces(text: str) -> Iterator[str | tuple[str, bytes]]:
    """Plain text, and runs of encoded words of one encoding."""
    position, charset, run = 0, "", b""
    for word in _WORD.finditer(text):
        between = text[position : word.start()]
        data, named = _bytes(word[2], word[3]), word[1].partition("*")[0].lower()  # the language may stand after a star
        if run and (between.strip() or named != charset):
            yield charset, run
            run = b""
            yield between if between.strip() else ""  # what stands between two encoded words is their fold
        elif not run:
            yield between
        position, charset, run = word.end(), named, run + data
    if run:
        yield charset, run
    yield text[position:]


def _bytes(encoding: str, word: str) -> bytes:
    data = word.encode("utf-8", "surrogateescape")
    if encoding in "bB":
        try:
            return binascii.a2b_base64(data + b"==")
        except binascii.Error:
            return data
    return _QUOTED.sub(lambda found: bytes.fromhex(found[1].decode()), data.replace(b"_", b" "))
