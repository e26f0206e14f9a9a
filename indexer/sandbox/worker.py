"""Processes on the other side of parse.py: a template that forks, and workers that parse one file each."""

from __future__ import annotations

import codecs
import encodings
import gc
import json
import os
import pkgutil
import resource
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from engine.errors import ParseFailed
from indexer.parsers import HEAD, PARSERS
from indexer.parsers.base import Parser
from indexer.parsers.ocr import pictures, recognition
from indexer.parsers.ocr.choosing import reader_for
from indexer.parsers.pdf import PdfParser, vertical
from indexer.sandbox.parse import HEADER, pack_parsed

# One of each, so that whatever parsers import or read at their first use is in memory before any worker is forked.
_WARM_UP = {
    ".txt": "naïve café, Größe und Maß für die Übung, déjà vu. ".encode("latin-1") * 20,
    ".md": b"---\ntitle: T\ndate: 2024-01-01\n---\n# H\n\n- a\n\n| a |\n|---|\n| 1 |\n",
    ".html": b"<html><head><title>T</title></head><body><main><h1>T</h1><p>"
    + b"Some words. " * 50
    + b"</p></main></body>",
}


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    control.setblocking(True)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps workers that have ended
    _warm_up(ocr="ocr" in sys.argv[2:])
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        if not message:
            return
        child = os.fork()
        if child == 0:
            try:
                control.close()
                _work(socket.socket(fileno=descriptors[0]))
            finally:
                os._exit(0)  # without the template's clean-up; who asked sees no answer where there is none
        os.close(descriptors[0])
        control.sendall(HEADER.pack(child))


def _warm_up(*, ocr: bool) -> None:
    for module in pkgutil.iter_modules(encodings.__path__):  # any of which a document may be in
        with suppress(LookupError):
            codecs.lookup(module.name)
    for parser in PARSERS:  # optional libraries are imported first, whatever the data
        suffix = parser.suffixes[0]
        with suppress(Exception):  # a parser from outside may raise anything
            parser.parse(_WARM_UP.get(suffix, b""), name=f"warm{suffix}")
    vertical.preload()
    if ocr:
        recognition.preload()
        pictures.preload()
    gc.collect()
    gc.freeze()  # the collector would touch, and so copy, every page that is shared


def _work(connection: socket.socket) -> None:
    with connection.makefile("rwb") as stream:
        request = json.loads(_message(stream))
        data = _message(stream)
        _limit(request)
        reply = json.dumps(_parse(data, request), ensure_ascii=False).encode("utf-8", "replace")
        if len(reply) > request["output_bytes"]:
            reply = json.dumps(
                {"failed": f"The document's text exceeds {request['output_bytes']} bytes.", "remedy": "Split it."}
            ).encode()
        stream.write(HEADER.pack(len(reply)) + reply)


def _parse(data: bytes, request: dict[str, Any]) -> dict[str, Any]:
    try:
        return pack_parsed(_parser(data, request).parse(data, name=request["name"]))
    except ParseFailed as failure:
        return {"failed": failure.message, "remedy": failure.remedy}
    except MemoryError:
        limit = request["memory_bytes"] // 2**20
        return {"failed": f"Reading the document takes more than {limit} MiB of memory.", "remedy": "Split it."}
    except RecursionError:
        return {"failed": "The document is nested too deeply.", "remedy": "Flatten it."}
    except Exception as error:  # a bug of ours or of a library must not look like one of the service
        return {"failed": f"The parser failed: {type(error).__name__}.", "remedy": "Save the file again, or report it."}


def _parser(data: bytes, request: dict[str, Any]) -> Parser:
    parser = reader_for(request["name"], data[:HEAD], ocr=request["ocr"]) or PARSERS[0]
    return PdfParser(max_pages=request["pages"], ocr=request["ocr"]) if isinstance(parser, PdfParser) else parser


def _message(stream: Any) -> bytes:
    (length,) = HEADER.unpack(stream.read(HEADER.size))
    data: bytes = stream.read(length)
    if len(data) != length:
        os._exit(1)  # whoever asked is gone
    return data


def _limit(request: dict[str, Any]) -> None:
    """Have the kernel end the process at the first limit from now on; nothing that runs in it can lift one."""
    seconds = request["seconds"]
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    memory = _address_space() + request["memory_bytes"]
    for kind, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, int(seconds) + 1),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
        # No descriptor beyond those that are open: no file can be read, no connection made.
        (resource.RLIMIT_NOFILE, 0),
    ):
        with suppress(ValueError, OSError):  # where a lower limit holds already
            resource.setrlimit(kind, (value, value))


def _address_space() -> int:
    """Bytes that the template's modules take: the limit counts them too."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[0]) * resource.getpagesize() if statm.exists() else 0


if __name__ == "__main__":
    main()
