"""How long a question to one document waits: `python -m tests.load.document FILE`. Prints one JSON object, in seconds.

with_file  the file is sent with its question
kept       a file is sent before its question, and read
first      the first question to it, `--typing` seconds later
next       another question, at once
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.support.servers import started

QUESTION, NEXT = "how is it configured at the beginning", "what can go wrong with it"
WARM = {
    "query": "is it warm",
    "text": "# Warm\n\nAll models are loaded for the first question. It is warm.",
    "keep": False,
}

Waits = dict[str, list[float]]


def with_file(client: httpx.Client, file: Path, waits: Waits) -> None:
    """The file with its question."""
    with _timed(waits["with_file"]):
        _ok(client.post("/v1/documents/search/file", data={"query": QUESTION}, files=_sent(file)))


def before_its_question(client: httpx.Client, file: Path, typing: float, waits: Waits) -> None:
    """The file, and its questions later."""
    with _timed(waits["kept"]):
        kept = _ok(client.post("/v1/documents/handles/file", files=_sent(file)))
    time.sleep(typing)
    for name, question in (("first", QUESTION), ("next", NEXT)):
        with _timed(waits[name]):
            _ok(client.post("/v1/documents/search", json={"handle": kept.json()["handle"], "query": question}))


@contextmanager
def fresh() -> Iterator[httpx.Client]:
    """A client of a service that has read nothing of the file: what it has read it remembers."""
    with tempfile.TemporaryDirectory(prefix="winnow-load-") as home, started(Path(home), "--workers", "1") as server:
        server.wait_ready()
        _ok(server.client.post("/v1/documents/search", json=WARM))
        _ok(server.client.post("/v1/documents/search/file", data={"query": "x"}, files={"file": ("a.md", b"# A\n\nb")}))
        yield server.client


@contextmanager
def _timed(waits: list[float]) -> Iterator[None]:
    began = time.perf_counter()
    yield
    waits.append(time.perf_counter() - began)


def _sent(file: Path) -> dict[str, tuple[str, bytes]]:
    return {"file": (file.name, file.read_bytes())}


def _ok(answer: httpx.Response) -> httpx.Response:
    return answer.raise_for_status()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.load.document", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--typing", type=float, default=5.0, help="seconds from the file to its first question")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    waits: Waits = defaultdict(list)
    for _ in range(options.rounds):
        with fresh() as client:
            with_file(client, options.file, waits)
        with fresh() as client:
            before_its_question(client, options.file, options.typing, waits)
    shown = {name: [round(wait, 2) for wait in sorted(found)] for name, found in waits.items()}
    print(json.dumps({"file": options.file.name, "typing": options.typing, **shown}))


if __name__ == "__main__":
    main()
