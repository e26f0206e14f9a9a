"""What the store's tests run in child processes. Imported by the fork server."""

from __future__ import annotations

import encodings.cp437  # noqa: F401 - of zip files; a child that became nobody may not find it
import os
import signal
import time
from collections.abc import Iterable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import alembic.command  # noqa: F401 - creating a catalogue needs it; the server imports it once

from engine.errors import WinnowError
from engine.store.collections import list_collections
from engine.store.generation import open_generation
from engine.store.locks import lock_writer, pin
from engine.store.repair.verify import verify
from engine.store.writer import open_writer
from tests.support.stores import batch, config, contents, stored

__all__ = ["list_collections", "verify"]
EXIT = 77


def hold_writer_lock(path: Path, pipe: Connection) -> None:
    lock_writer(path, "docs")
    pipe.send("locked")
    time.sleep(60)


def hold_pin(path: Path, pipe: Connection) -> None:
    held = pin(path)
    pipe.send(held.held)
    pipe.recv()


def create(home: Path, pipe: Connection) -> None:
    """Open a writer, report who it is or what was wrong, wait to be told to end."""
    try:
        with open_writer(home, "docs", config()) as writer:
            pipe.send(writer.manifest.uuid)
            pipe.recv()
    except WinnowError as error:
        pipe.send(error.code)


def read_as_nobody(home: Path, like_it: Path, pipe: Connection) -> None:
    """Read a home in which this process may write nothing.

    A home like it is read first, with all rights: whatever is imported late is then imported, for another user may not
    be able to read this interpreter's folders.
    """
    with open_generation(like_it, "docs") as generation:
        contents(generation)
    if os.getuid() == 0:
        os.setgid(65534)
        os.setuid(65534)
    try:
        with open_generation(home, "docs") as generation:
            pipe.send((generation.number, sorted(contents(generation)), generation._lock.held))
    except Exception as error:
        pipe.send(repr(error))


def versions(commit: int) -> list[str]:
    """The documents that commit number `commit` writes: some new, some replacing those of the commit before."""
    return [f"doc{number}" for number in range(commit * 2, commit * 2 + 4)]


def removals(commit: int) -> list[str]:
    """The documents that commit number `commit` deletes: with them the segment of three commits ago is all deleted."""
    return [f"doc{commit * 2 - 6}", f"doc{commit * 2 - 5}"] if commit >= 3 else []


def write_commit(home: Path, commits: Iterable[int], pipe: Connection | None = None) -> None:
    """Commit `versions` in turn, each text naming its commit; acknowledge each one after it has returned."""
    with open_writer(home, "docs", config()) as writer:
        for commit in commits:
            documents = [stored(name, f"{name} of commit {commit}: über 船 boat") for name in versions(commit)]
            writer.commit(batch(*documents), deletes=removals(commit))
            if pipe is not None:
                pipe.send(commit)


def expected(commit: int) -> dict[str, str]:
    """Texts by document id after commits 0 to `commit`."""
    found: dict[str, str] = {}
    for number in range(commit + 1):
        found.update({name: f"{name} of commit {number}: über 船 boat" for name in versions(number)})
        for name in removals(number):
            del found[name]
    return found


def read_repeatedly(home: Path, stop_at: int, pipe: Connection) -> None:
    """Open generations until number `stop_at` is seen; report every (number, content) that is not what it should be."""
    seen, wrong = set(), []
    while stop_at not in seen:
        with open_generation(home, "docs") as generation:
            texts = {name: document.text for name, document in contents(generation).items()}
            commit = generation.number - 2  # the first generation is empty
            if texts != expected(commit) or generation.statistics.chunk_count != generation.manifest.living.chunks:
                wrong.append((generation.number, texts))
            seen.add(generation.number)
    pipe.send((sorted(seen), wrong))


def exit_at(call: int, home: Path, first: int, count_only: bool, pipe: Connection) -> None:
    """Commit once more, but die at the given call of fsync, rename or replace; or report how many there are."""
    calls = 0
    real = {name: getattr(os, name) for name in ("fsync", "rename", "replace")}

    def counted(name: str) -> Any:
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == call and not count_only:
                os._exit(EXIT)
            return real[name](*args, **kwargs)

        return wrapper

    for name in real:
        setattr(os, name, counted(name))
    write_commit(home, [first], pipe)
    pipe.send(calls)


def ingest_until_killed(home: Path, first: int, pipe: Connection) -> None:
    pipe.send("ready")
    pipe.recv()
    write_commit(home, range(first, first + 1000), pipe)


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
