"""The parts of a message: which are its text, and which are attached to it."""

from __future__ import annotations

import binascii
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.generator import BytesGenerator
from email.message import Message
from email.parser import BytesParser
from email.policy import Compat32

from engine.errors import ParseFailed
from indexer.parsers.archives.names import safe_path
from indexer.parsers.decoding import clean
from indexer.parsers.mail.headers import Headers, decoded_words

_KNOWN = re.compile(
    r"from|to|cc|bcc|sender|reply-to|subject|date|message-id|received|return-path|delivered-to|mime-version|comments"
    r"|content-.+|list-.+|x-.+"
)
_SUFFIXES = {
    "text/plain": ".txt",
    "text/html": ".html",
    "text/markdown": ".md",
    "text/csv": ".csv",
    "text/calendar": ".ics",
    "text/rtf": ".rtf",
    "application/rtf": ".rtf",
    "application/json": ".json",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "application/gzip": ".gz",
    "application/msword": ".doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "message/rfc822": ".eml",
}
_LONGEST = 2**20  # characters of one header
_PARAMETERS = 8192  # of one whose parameters are read
_WORK = 20_000_000  # lines times boundaries: each line is compared with the boundaries of all parts around it
_STUB = 200  # bytes of a note that the reader's program should show HTML
_SUFFIX = re.compile(r"\.\w{1,8}", re.ASCII)


class _Bounded(Compat32):
    """Cuts headers off that are so long that the library's reading of their parameters would take minutes."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[: _PARAMETERS if name.lower().startswith("content-") else _LONGEST]


_POLICY = _Bounded()


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a message. `data()` raises ParseFailed where it cannot be decoded."""

    name: str
    data: Callable[[], bytes]


def read_message(data: bytes) -> Message:
    """The message in `data`.

    Raises:
        ParseFailed: it has none of a message's headers, or too many parts.
    """
    if data.lower().count(b"boundary=") * data.count(b"\n") > _WORK:
        raise ParseFailed("The message has too many parts.", "Save its attachments by themselves.")
    try:
        message = BytesParser(policy=_POLICY).parsebytes(data.removeprefix(b"\xef\xbb\xbf").lstrip())
        headers = Headers(message)
    except Exception as error:  # the library promises nothing for broken messages
        raise ParseFailed(f"The message cannot be read: {type(error).__name__}.", "Save it once more.") from error
    if not any(map(_KNOWN.fullmatch, headers)) and message.get_unixfrom() is None:  # which stands in a mailbox
        raise ParseFailed("The file is not mail: it has no headers.", "Rename it with the suffix of its real format.")
    return message


def text_parts(message: Message) -> list[Message]:
    """The parts that a mail program shows as the message's text, in order."""
    return [part for part, shown in _leaves(message) if shown]


def attachments(message: Message) -> Iterator[Attachment]:
    """All other parts, each under a name of its own."""
    names: dict[str, int] = {}
    for part, shown in _leaves(message):
        if not shown and (part.get_payload() or part.get_content_type() == "message/rfc822"):
            name = _name(part, len(names) + 1)
            names[name] = names.get(name, 0) + 1
            if names[name] > 1:
                stem, dot, suffix = name.rpartition(".")
                name = f"{stem or suffix} ({names[name]}){dot if stem else ''}{suffix if stem else ''}"
            yield Attachment(name, lambda part=part: _content(part))  # type: ignore[misc]


def _leaves(message: Message) -> Iterator[tuple[Message, bool]]:
    """The parts that hold no others, in order, and whether each is shown as text."""
    stack = [(message, True)]
    while stack:
        part, may_show = stack.pop()
        kind = part.get_content_type()
        if kind == "multipart/alternative":
            chosen = _chosen(_children(part))
            stack += ((child, may_show and child is chosen) for child in reversed(_children(part)))
        elif part.get_content_maintype() == "multipart" and part.is_multipart():
            stack += ((child, may_show) for child in reversed(_children(part)))
        elif kind.startswith("text/") or kind in ("message/delivery-status", "message/disposition-notification"):
            attached = part is not message and _is_attached(part)
            if kind == "text/calendar" or attached or may_show:
                yield part, may_show and not attached and kind != "text/calendar"
        else:
            yield part, False


def _children(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [child for child in payload if isinstance(child, Message)] if isinstance(payload, list) else []


def _chosen(alternatives: list[Message]) -> Message | None:
    """Plain text if it says more than that there is HTML, else the last: the richest."""
    for part in alternatives:
        if part.get_content_type() == "text/plain":
            text = raw_text(part).strip()
            if text and (len(text) > _STUB or b"html" not in text.lower()):
                return part
    shown = [part for part in alternatives if part.get_content_type() != "text/calendar"]
    return shown[-1] if shown else None


def _is_attached(part: Message) -> bool:
    return part.get_content_disposition() == "attachment" or bool(_declared_name(part))


def _declared_name(part: Message) -> str:
    try:
        return decoded_words(part.get_filename() or "")
    except (LookupError, ValueError, TypeError):
        return ""


def _name(part: Message, number: int) -> str:
    kind = part.get_content_type()
    name = _declared_name(part)
    if not name and kind == "message/rfc822":
        name = " ".join(Headers(inner).text("subject") for inner in _children(part)[:1]).replace("/", "-")[:100]
    name = safe_path(name or f"attachment-{number}").rpartition("/")[2]
    if name.startswith("."):  # nothing but a suffix, or a name that would hide the attachment
        name = f"attachment-{number}{name}"
    wanted = _SUFFIXES.get(kind, "")
    has_suffix = _SUFFIX.fullmatch(name[name.rfind(".") :]) is not None
    if kind == "message/rfc822":  # a subject may end like a file's name
        has_suffix = name.lower().endswith(wanted)
    return name if has_suffix else name + wanted


def raw_text(part: Message) -> bytes:
    """The bytes of a part, its transfer encoding undone."""
    payload = part.get_payload(decode=True)
    if isinstance(payload, bytes):
        return payload
    return b"\n".join(str(child).encode("utf-8", "replace") for child in _children(part))


def _content(part: Message) -> bytes:
    try:
        if part.get_content_type() != "message/rfc822":
            return raw_text(part)
        buffer = io.BytesIO()
        for inner in _children(part):
            BytesGenerator(buffer, mangle_from_=False, policy=_POLICY).flatten(inner)
        encoding = str(part.get("content-transfer-encoding", "")).lower()  # against the rules, and met
        return binascii.a2b_base64(buffer.getvalue()) if encoding == "base64" else buffer.getvalue()
    except Exception as error:  # the library promises nothing for broken messages
        raise ParseFailed(f"It cannot be decoded: {clean(str(error))}.", "Save the attachment by itself.") from error
