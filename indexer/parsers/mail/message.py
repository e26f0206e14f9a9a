"""One message: its subject is the title, its text the text, its headers metadata; its attachments are files in it."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from email.message import Message
from typing import IO

from engine.errors import ParseFailed
from engine.types import MetadataValue
from indexer.parsers.archives.budget import Budget
from indexer.parsers.base import BadMember, Member, NoMember, Parsed
from indexer.parsers.builder import LINE, TextBuilder
from indexer.parsers.htmltext import add_html, parse_tree
from indexer.parsers.mail.charsets import text_of
from indexer.parsers.mail.headers import Headers
from indexer.parsers.mail.parts import attachments, raw_text, read_message, text_parts

_PEOPLE = 20  # of one header that are text
_QUOTE = re.compile(r"(?:>\s?)*")
_BLANK = re.compile(r"\n{3,}+")
_APPLE_LENGTH = re.compile(rb"\s*(\d{1,12})\s*\n")


class MailParser:
    """Text is preferred to HTML where a message has both. Replies that it quotes are kept."""

    name = "mail"
    label = "mail"
    version = "4"
    suffixes = (".eml", ".emlx")
    mark = "#"

    def parse(self, data: bytes, *, name: str) -> Parsed:
        message = read_message(_message_bytes(data, name))
        headers = Headers(message)
        remarks: list[str] = []
        builder = TextBuilder()
        for line in _people(headers):
            builder.add(line, LINE)
        for part in text_parts(message):
            add_part(builder, part, remarks)
        if message.get_content_type() == "multipart/encrypted" or "pkcs7-mime" in message.get_content_type():
            remarks.append("The message is encrypted: only its headers can be found.")
        subject = headers.text("subject")
        return builder.parsed(subject or None, name=name, metadata=_metadata(headers, message), remarks=remarks)

    def members(self, stream: IO[bytes], *, name: str, budget: Budget) -> Iterator[Member | BadMember | NoMember]:
        try:
            message = read_message(_message_bytes(stream.read(), name))
        except ParseFailed:
            return  # whoever parses the message is told
        for attachment in attachments(message):
            budget.member()
            yield Member(attachment.name, attachment.name, lambda file=attachment: io.BytesIO(file.data()))  # type: ignore[misc]


def _message_bytes(data: bytes, name: str) -> bytes:
    """Apple Mail writes the message's length before it, and a list of properties after it. Notepad writes UTF-16."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        data = data.decode("utf-16", "replace").encode("utf-8", "replace")
    length = _APPLE_LENGTH.match(data) if name.lower().endswith(".emlx") else None
    return data[length.end() : length.end() + int(length[1])] if length else data


def _people(headers: Headers) -> Iterator[str]:
    """Who wrote to whom, as lines of text: mail is looked for by its people."""
    for name in ("from", "to", "cc"):
        addresses = headers.addresses(name)
        if addresses:
            more = f" and {len(addresses) - _PEOPLE} more" if len(addresses) > _PEOPLE else ""
            yield f"{name.title()}: {', '.join(addresses[:_PEOPLE])}{more}"


def _metadata(headers: Headers, message: Message) -> dict[str, MetadataValue]:
    found: dict[str, MetadataValue | None] = {
        "from": ", ".join(headers.addresses("from")),
        "to": headers.addresses("to"),
        "cc": headers.addresses("cc"),
        "date": headers.date("date"),
        "message_id": headers.identifier("message-id"),
        "in_reply_to": headers.identifier("in-reply-to"),
        "list_id": headers.identifier("list-id"),
        "attachments": tuple(attachment.name for attachment in attachments(message)),
    }
    return {name: value for name, value in found.items() if value}


def add_part(builder: TextBuilder, part: Message, remarks: list[str]) -> None:
    """Append the text of a part of a message; `remarks` receives where it is none."""
    try:
        text = text_of(raw_text(part), part.get_content_charset())
    except (ParseFailed, LookupError, ValueError):
        remarks.append("A part of the message that should be text is none, and was left out.")
        return
    if part.get_content_type() in ("text/html", "application/xhtml+xml"):
        tree = parse_tree(text)
        if tree is not None:
            add_html(builder, tree)
        return
    if str(part.get_param("format", "")).lower() == "flowed":
        text = _unflowed(text, delete_space=str(part.get_param("delsp", "")).lower() == "yes")
    lines = "\n".join(line.rstrip() for line in text.strip("\n").split("\n"))
    builder.add(_BLANK.sub("\n\n", lines))


def _unflowed(text: str, *, delete_space: bool) -> str:
    """Lines that were broken for the way put together again: RFC 3676."""
    paragraphs: list[list[str]] = []
    depth, goes_on = -1, False
    for line in text.split("\n"):
        quote = _QUOTE.match(line)
        quotes = quote[0].count(">") if quote else 0
        content = line[quote.end() if quote and quotes else 0 :]
        content = content.removeprefix(" ") if not quotes else content
        if not (goes_on and quotes == depth):
            paragraphs.append(["> " * quotes])
        goes_on = content.endswith(" ") and content != "-- "
        paragraphs[-1].append(content[:-1] if goes_on and delete_space else content)
        depth = quotes
    return "\n".join("".join(parts) for parts in paragraphs)
