"""Names of members. Nothing is written to disk, where a name could do harm; as part of an id it must be plain text."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from charset_normalizer import from_bytes

from indexer.parsers.decoding import clean

LENGTH = 1000  # characters of a path
_VAGUE = ("", "application/octet-stream", "binary/octet-stream", "text/plain", "unk")  # the address says more
_TYPES = mimetypes.MimeTypes()  # what Python knows, not the machine
_SAMPLE = 64 * 1024  # bytes of names that an encoding is told from
_CYRILLIC = re.compile("[\u0400-\u04ff]+")
_DRIVE = re.compile(r"(?:\s*[A-Za-z]:)+")


def safe_path(name: str) -> str:
    """The path with `/` between its parts, without a root, a drive, parts that lead upwards and control characters."""
    kept: list[str] = []
    for part in clean(name).replace("\\", "/").split("/"):
        shown = "".join(filter(str.isprintable, part)).strip()
        if not kept:  # what comes first may be a drive even behind a root or another drive
            shown = shown[drive.end() :].strip() if (drive := _DRIVE.match(shown)) else shown
        if shown not in ("", ".", ".."):
            kept.append(shown)
    return "/".join(kept) or "unnamed"


def web_name(address: str, kind: str) -> str:
    """A name that tells the format of what the web has at an address: of the content type, else of the address."""
    try:
        last = unquote(urlsplit(address).path).rstrip("/").rpartition("/")[2]
    except ValueError:
        last = ""
    name = safe_path(last or "index").rpartition("/")[2]
    suffix = "" if kind in _VAGUE else _TYPES.guess_extension(kind) or ""
    return name if not suffix or name.lower().endswith((suffix, *_TYPES.guess_all_extensions(kind))) else name + suffix


def encoding_of(names: Sequence[bytes]) -> str:
    """The encoding of names that declare none: they come from one program, and are judged together."""
    beyond = b"\n".join(name for name in names if not name.isascii())[:_SAMPLE]
    for encoding in ("utf-8", "cp866"):
        try:
            text = beyond.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8" or _is_cyrillic(text):
            return encoding
    best = from_bytes(beyond).best()
    return best.encoding if best is not None and best.multi_byte_usage > 0 else "cp437"  # that of the first PCs


def _is_cyrillic(text: str) -> bool:
    """Whether the words that are not ASCII are Cyrillic from end to end, as no word of Western bytes would be."""
    words = [word for word in re.findall(r"[^\W\d_]+", text) if not word.isascii()]
    return bool(words) and all(_CYRILLIC.fullmatch(word) for word in words) and len("".join(words)) >= 3 * len(words)
