"""Recognition of a file of no known suffix by how it begins: a format that shows itself, text, or neither."""

from __future__ import annotations

import re

from engine.errors import ParseFailed
from indexer.parsers.decoding import decode
from indexer.parsers.mail.heads import is_mailbox, is_message
from indexer.parsers.signatures import signature_of

HEAD = 64 * 1024  # bytes from which it is told
_LEGACY = 8 * 1024  # of them, those whose encoding is guessed
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")

# The suffix that a file would have which begins so; where no parser has it, the file is not read as text instead.
_BEGINNINGS: tuple[tuple[re.Pattern[bytes], str], ...] = tuple(
    (re.compile(rb"(?:\xef\xbb\xbf)?\s*" + beginning, re.IGNORECASE), suffix)
    for beginning, suffix in (
        (rb"%PDF-\d", ".pdf"),
        (rb"(?:<!--.{0,1000}?-->\s*)?<(?:!doctype\s+html|html)\b", ".html"),
        (rb"<\?xml\b", ".xml"),
        (rb"\{\\rtf\d", ".rtf"),
        (rb"%!PS", ".ps"),
        (rb"-----BEGIN (?!PGP SIGNED MESSAGE)[A-Z0-9 ]{1,60}-----", ".pem"),  # a key, a signature: nothing to read
        (rb"WEBVTT\b", ".vtt"),
        (rb"BEGIN:VCALENDAR\b", ".ics"),
        (rb"BEGIN:VCARD\b", ".vcf"),
        (rb"#!.{0,100}\bpython", ".py"),
        (rb"#!.{0,100}\bperl\b", ".pl"),
        (rb"#!.{0,100}\bruby\b", ".rb"),
        (rb"#!.{0,100}\b(?:node|deno|bun)\b", ".js"),
        (rb"#![ \t]*/", ".sh"),
        (rb"(?:[.'](?:\\?[\"#].*)?\n\s*)*[.'][ \t]*(?:TH|Dd|Dt|SH|Sh)[ \t]", ".man"),
        # Definitions may stand before the page's name.
        (
            rb"(?:[.'][ \t]*(?:\\?[\"#]|\n|(?:de|ds|ig|nr|if|ie|so|tr)\b)|\\[\"#])[^\0]*?\n[.'][ \t]*(?:TH|Dt)[ \t]",
            ".man",
        ),
        (rb"(?:%.*\n\s*)*\\documentclass\b", ".tex"),
        (rb"(?:#.*\n\s*)*#\+title:", ".org"),
    )
)


def suffix_of(head: bytes) -> str | None:
    """The suffix of the format that bytes from a file's beginning show; ".txt" for any other text, None for no text."""
    if (signature := signature_of(head)) is not None:
        return signature.suffix
    for beginning, suffix in _BEGINNINGS:
        if beginning.match(head):
            return suffix
    if is_mailbox(head):
        return ".mbox"
    if is_message(head):
        return ".eml"
    return ".txt" if is_text(head) else None


def is_text(head: bytes) -> bool:
    """Whether bytes from a file's beginning are text: UTF-8, or without a NUL and in an encoding that can be told."""
    if head.startswith(_MARKS) or not head:
        return True
    if b"\0" in head:
        return False
    try:
        decode(head[:_LEGACY])
    except ParseFailed:
        return False
    return True
