"""Processes on the other side of parse.py: a template that forks, and workers that parse one file each."""

from __future__ import annotations

import codecs
import encodings
import gc
import json
import os
import pkgutil
import signal
import socket
import sys
from contextlib import suppress
from typing import Any

from engine.errors import ParseFailed
from indexer.parsers import HEAD, PARSERS
from indexer.parsers.base import Parser
from indexer.parsers.ocr import pictures, recognition
from indexer.parsers.ocr.choosing import reader_for
from indexer.parsers.pdf import PdfParser, vertical
from indexer.sandbox.beside import read_beside
from indexer.sandbox.limits import limit
from indexer.sandbox.parse import pack_parsed
from indexer.sandbox.template import HEADER

_LARGE = 2**16  # bytes of a PDF that may have many pages

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
        parser = reader_for(request["name"], data[:HEAD], ocr=request["ocr"]) or PARSERS[0]
        if isinstance(parser, PdfParser):
            rest = None if request["ocr"] or len(data) < _LARGE else read_beside(data, request, connection)
            parser = PdfParser(max_pages=request["pages"], ocr=request["ocr"], rest=rest)
        limit(request)
        reply = json.dumps(_parse(parser, data, request), ensure_ascii=False).encode("utf-8", "replace")
        if len(reply) > request["output_bytes"]:
            reply = json.dumps(
                {"failed": f"The document's text exceeds {request['output_bytes']} bytes.", "remedy": "Split it."}
            ).encode()
        stream.write(HEADER.pack(len(reply)) + reply)


def _parse(parser: Parser, data: bytes, request: dict[str, Any]) -> dict[str, Any]:
    try:
        return pack_parsed(parser.parse(data, name=request["name"]))
    except ParseFailed as failure:
        return {"failed": failure.message, "remedy": failure.remedy}
    except MemoryError:
        limit = request["memory_bytes"] // 2**20
        return {"failed": f"Reading the document takes more than {limit} MiB of memory.", "remedy": "Split it."}
    except RecursionError:
        return {"failed": "The document is nested too deeply.", "remedy": "Flatten it."}
    except Exception as error:  # a bug of ours or of a library must not look like one of the service
        return {"failed": f"The parser failed: {type(error).__name__}.", "remedy": "Save the file again, or report it."}


def _message(stream: Any) -> bytes:
    (length,) = HEADER.unpack(stream.read(HEADER.size))
    data: bytes = stream.read(length)
    if len(data) != length:
        os._exit(1)  # whoever asked is gone
    return data


if __name__ == "__main__":
    main()
