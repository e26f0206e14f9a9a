"""Parse a file in a process of its own, under limits: no upload can harm the service, and no file ends an ingest.

Each file gets a fresh process, forked from a small one that has imported the parsers and does nothing else
(indexer/sandbox/worker.py): starting costs milliseconds, and nothing of one file is left for the next. The worker
has no secrets in its environment, cannot open new files or sockets, and is killed at the first limit it meets.
"""

from __future__ import annotations

import json
import os
import signal
import socket
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from engine.awaited import Places, wait_for_answer
from engine.child import receive_exactly
from engine.errors import Abandoned, Overloaded, ParseFailed
from engine.text.places import fit
from engine.types import Heading, Locator, MetadataValue
from indexer.parsers import (
    HEAD,
    container_for,
    listed,
    record_parser_for,
    remarks_on,
    text_called,
    unreadable,
)
from indexer.parsers.base import Parsed
from indexer.parsers.decoding import clean
from indexer.parsers.ocr.choosing import reader_for
from indexer.sandbox.template import HEADER, connect

_ATTACHED = "Its attachments were left out: send each as a file of its own."
_NAME_LENGTH = 255
_GRACE = 2.0  # seconds beyond a limit in which the worker says itself which one it met


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of parsing one file, by default an upload. `memory_bytes` is what parsing may take beside the parsers
    themselves.
    """

    upload_bytes: int = 50 * 2**20
    memory_bytes: int = 768 * 2**20
    output_bytes: int = 32 * 2**20  # of the text in UTF-8 and all that comes with it
    seconds: float = 20.0
    pages: int = 2000
    ocr: bool = False


# What somebody ingests from a disk of their own may be large, and take its time.
_OWN = Limits(upload_bytes=2**32, memory_bytes=2 * 2**30, output_bytes=512 * 2**20, seconds=300.0, pages=1_000_000)
_SCANS = replace(_OWN, seconds=86_400.0, ocr=True)


def parse_upload(data: bytes, name: str, limits: Limits | None = None) -> Parsed:
    """The document in `data`, its format chosen by the suffix of `name`, else by how it begins. Safe under threads.

    Raises:
        ParseFailed: the bytes are no readable document, or parsing them met a limit, crashed or hung.
        Overloaded: as many uploads as there may be are being parsed, and none is done within the time limit.
        Abandoned: the client left meanwhile; the process is ended.
    """
    limits = limits or Limits()
    name = safe_name(name)
    _check(data, name, limits)
    try:
        with _places.one(limits.seconds):
            parsed = _parsed(_ask_worker(data, name, limits), data, name)
    except TimeoutError:
        raise Overloaded("Too many uploads are being parsed.", retry_after=limits.seconds) from None
    parsed = replace(parsed, remarks=(*remarks_on(name, data), *parsed.remarks))
    if container_for(name, data[:HEAD]) is not None and parsed.metadata.get("attachments"):
        return replace(parsed, remarks=(*parsed.remarks, _ATTACHED))
    return parsed


def parse_sandboxed(data: bytes, name: str, *, ocr: bool = False) -> Parsed:
    """The same of a file from disk: with room for large ones, and it waits for its turn as long as it takes.

    `ocr`: text in pictures is read as well, where the file may hold some; it takes seconds for each.

    Raises:
        ParseFailed: as above, or no process can be started. Nothing else is raised.
    """
    name = safe_name(name)
    limits = _SCANS if ocr else _OWN
    _check(data, name, limits)
    with _places.one():
        try:
            return _parsed(_ask_worker(data, name, limits), data, name)
        except (OSError, EOFError) as error:
            raise ParseFailed(
                f"No process can be started to read it: {error}.", "Free memory, and try again."
            ) from error


def _ask_worker(data: bytes, name: str, limits: Limits) -> Any:
    connection, child = connect(ocr=limits.ocr)
    with connection:
        seconds = limits.seconds + _GRACE
        connection.settimeout(seconds)
        try:
            request = json.dumps({"name": name, **asdict(limits)}).encode()
            connection.sendall(HEADER.pack(len(request)) + request + HEADER.pack(len(data)))
            connection.sendall(data)
            wait_for_answer(connection, seconds)
            return _receive(connection, limits.output_bytes)
        except (TimeoutError, Abandoned) as error:
            # The connection is open, so the child is alive and its number is still its own.
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            if isinstance(error, Abandoned):
                raise
            raise _too_slow(limits) from None
        except (EOFError, OSError) as error:
            raise ParseFailed(
                f"Reading the document took more than {limits.seconds:g} seconds or "
                f"{limits.memory_bytes // 2**20} MiB of memory, or crashed the parser.",
                "Split the document, or save it again from the program that made it.",
            ) from error


def safe_name(name: str) -> str:
    """The last part of a client's file name, without what could steer a path, a terminal or a log."""
    last = clean(name).replace("\\", "/").rstrip("/").rpartition("/")[2]
    printable = "".join(character for character in last if character.isprintable()).strip()
    stem, dot, suffix = printable.rpartition(".")
    return f"{stem[: _NAME_LENGTH - len(suffix) - 1]}{dot}{suffix}"[-_NAME_LENGTH:] or "document"


def _check(data: bytes, name: str, limits: Limits) -> None:
    if len(data) > limits.upload_bytes:
        raise ParseFailed(f"The file has {len(data)} bytes; {limits.upload_bytes} are allowed.", "Split it.")
    if record_parser_for(name, data[:HEAD]) is not None:
        raise ParseFailed("The file holds many documents.", "Send its records as documents.")
    parser = reader_for(name, data[:HEAD], ocr=limits.ocr)
    if parser is None and container_for(name, data[:HEAD]) is not None:
        raise ParseFailed("The file holds many documents.", "Send each as a file of its own.")
    if parser is None:
        raise unreadable(name, data, f"Send {listed()}.")


def _receive(connection: socket.socket, limit: int) -> Any:
    """The worker's answer. It is read as data from a stranger: the worker may be in an attacker's hands."""
    (length,) = HEADER.unpack(receive_exactly(connection, HEADER.size))
    if length > limit:
        raise ParseFailed(f"The document's text exceeds {limit} bytes.", "Split the document.")
    try:
        return json.loads(receive_exactly(connection, length))
    except (ValueError, RecursionError) as error:
        raise EOFError("no answer") from error


def pack_parsed(parsed: Parsed) -> dict[str, Any]:
    """Pack a parsed document as JSON: a date becomes {"date": ISO 8601}, a moment {"moment": ISO 8601}, the only maps
    in metadata.
    """
    return {
        "title": parsed.title,
        "text": parsed.text,
        "headings": [[heading.start, heading.level, heading.text] for heading in parsed.headings],
        "locators": [[locator.start, locator.kind, locator.value, locator.counting] for locator in parsed.locators],
        "language": parsed.language,
        "remarks": list(parsed.remarks),
        "named": parsed.named,
        "metadata": {
            name: {"moment" if isinstance(value, datetime) else "date": value.isoformat()}
            if isinstance(value, date)
            else value
            for name, value in parsed.metadata.items()
        },
    }


def _parsed(reply: Any, data: bytes, name: str) -> Parsed:
    try:
        if "failed" in reply:
            raise text_called(name, data) or ParseFailed(str(reply["failed"]), str(reply["remedy"]))
        text = clean(str(reply["text"]))
        return Parsed(
            title=clean(str(reply["title"])),
            text=text,
            headings=tuple(
                Heading(int(start), int(level), clean(str(text))) for start, level, text in reply["headings"]
            ),
            language=None if reply["language"] is None else clean(str(reply["language"])),
            metadata={clean(str(name)): _value(value) for name, value in reply["metadata"].items()},
            remarks=tuple(clean(str(remark)) for remark in reply["remarks"]),
            named=bool(reply["named"]),
            locators=_locators(reply["locators"], len(text)),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ParseFailed("The parser gave no document.", "Save the file again, or report it.") from error


def _locators(reply: Any, length: int) -> tuple[Locator, ...]:
    """Locators of a reply. ValueError unless they fit a text of that length."""
    locators = tuple(Locator(int(start), kind, clean(str(value)), bool(counts)) for start, kind, value, counts in reply)
    if not fit(locators, length):
        raise ValueError("locators")
    return locators


def _value(value: Any) -> MetadataValue:
    if isinstance(value, dict):
        return datetime.fromisoformat(value["moment"]) if "moment" in value else date.fromisoformat(value["date"])
    if isinstance(value, list):
        return tuple(clean(str(item)) for item in value)
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, bool | int | float):
        return value
    raise TypeError(type(value).__name__)


def _too_slow(limits: Limits) -> ParseFailed:
    return ParseFailed(f"Reading the document took more than {limits.seconds:g} seconds.", "Split it, or simplify it.")


_places = Places(os.cpu_count() or 1)  # each worker may take all the memory that it is allowed
