"""Bytes to text: byte order marks, UTF-8, then detection; binary junk is refused."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

from engine.errors import ParseFailed
from engine.language import detect

_SAMPLE = 64 * 1024  # bytes looked at to tell an encoding, or text from binary
_MAX_CONTROL = 0.01  # share of control characters above which a file is binary; text has next to none, noise over 10%
_MAX_REPLACED = 0.001  # share of broken bytes up to which UTF-8 is still UTF-8

# UTF-32 before UTF-16: the little-endian mark of the one begins with that of the other.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WESTERN = {"ca", "da", "de", "en", "es", "eu", "fi", "fr", "it", "nl", "no", "pt", "sv"}  # written in cp1252
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_BREAKS = re.compile(r"\r\n?|[\x0b\x0c]")
_UNWANTED = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufeff]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")


def decode(data: bytes, declared: str | None = None) -> str:
    """Text of `data`, cleaned. `declared` is the encoding that the document itself names.

    UTF-8 with a few broken bytes is read as UTF-8 with U+FFFD in their place: a guess at another encoding would spoil
    every accent to save one.

    Raises:
        ParseFailed: the bytes are binary, or in no encoding that can be told.
    """
    text = _decode(data, declared)
    sample = text[:_SAMPLE]
    if sample and len(_CONTROLS.findall(sample)) > _MAX_CONTROL * len(sample):
        raise _binary()
    return clean(text)


def clean(text: str) -> str:
    """Line ends as newlines, no control characters, lone surrogates as U+FFFD: what UTF-8 and JSON can carry."""
    text = _BREAKS.sub("\n", text)
    return _SURROGATES.sub("\ufffd", _UNWANTED.sub("", text))


def _decode(data: bytes, declared: str | None) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    if b"\0" in data[:_SAMPLE]:
        return _decode_wide(data)
    for name in filter(None, ("utf-8", declared)):
        try:
            return data.decode(name)
        except (UnicodeError, LookupError, ValueError):  # ValueError: a name with a NUL in it
            continue
    return _detect(data)


def _decode_wide(data: bytes) -> str:
    """UTF-16 without a mark: in most scripts, nearly every second byte of it is zero."""
    sample = data[: min(_SAMPLE, len(data) // 2 * 2)]
    for first_zero, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros, others = sample[first_zero::2].count(0), sample[1 - first_zero :: 2].count(0)
        if zeros > 0.4 * len(sample) / 2 and others == 0:
            return data.decode(encoding, errors="replace")
    raise _binary()


def _detect(data: bytes) -> str:
    text = data.decode("utf-8", errors="replace")
    multibyte = len(data) - len(text)  # bytes saved by sequences that were whole; negative in other encodings
    if text.count("\ufffd") <= max(1, _MAX_REPLACED * len(data)) and multibyte > text.count("\ufffd"):
        return text
    best = from_bytes(_sample_with_high_bytes(data)).best()
    if best is None:
        raise _binary()
    # Of Latin alphabets, detection cannot tell one from the next; the language of the ASCII words can.
    western = best.encoding.startswith(("cp125", "iso8859", "latin")) and detect(str(best)) in _WESTERN
    return data.decode("cp1252" if western else best.encoding, errors="replace")


def _sample_with_high_bytes(data: bytes) -> bytes:
    """A sample from the word with the first byte beyond ASCII: what comes before says nothing of the encoding."""
    match = re.search(rb"[\x80-\xff]", data)
    start = max(data.rfind(space, 0, match.start()) for space in (b" ", b"\n")) + 1 if match else 0
    return data[start : start + _SAMPLE]


def _binary() -> ParseFailed:
    return ParseFailed("The file is binary, not text.", "Give it the suffix of its real format, or leave it out.")
