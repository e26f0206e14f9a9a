"""The process on the other side of processes.py: it reads and cuts what it is given until nobody asks any more."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from engine.child import collect_rarely
from engine.errors import ParseFailed
from indexer.parsers.base import Parsed
from indexer.reading.reading import Reader, packed

Work = list[tuple[str, Callable[[], Parsed]]]  # a document's id, and what parses it


Outcome = tuple[Any, ...] | None


def main() -> None:
    collect_rarely()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks, which ends this one
    with suppress(EOFError, OSError), Connection(int(sys.argv[1])) as connection:  # until who asks is gone
        reader: Reader = connection.recv()
        while True:
            asked: Work | Callable[[], Any] = connection.recv()
            connection.send(outcomes(asked, reader) if isinstance(asked, list) else _done(asked))


def _done(task: Callable[[], Any]) -> Any:
    """The outcome of a task; None where it fails, and whoever asks will meet the error."""
    try:
        return task()
    except Exception:
        return None


def outcomes(work: Work, reader: Reader) -> list[Outcome]:
    """The outcome of each document: the parts of its reading; message and remedy where it cannot be parsed; None for
    any other error, which whoever reads the document once more will meet.
    """
    return [_outcome(document_id, parse, reader) for document_id, parse in work]


def _outcome(document_id: str, parse: Callable[[], Parsed], reader: Reader) -> Outcome:
    try:
        return packed(reader.read(document_id, parse))
    except ParseFailed as error:
        return error.message, error.remedy
    except Exception:
        return None


if __name__ == "__main__":
    main()
