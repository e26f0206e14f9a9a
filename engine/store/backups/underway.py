"""Keeping those who write to a depot and those who remove from it apart.

Who writes relies on objects that are there and that nothing names yet; who removes takes away what nothing names. Kinds
of storage have no locks in common, so each side leaves a note and then looks for notes of the other: whoever looks last
sees both. Who removes then gives up, and who writes waits. What was killed leaves its note, which counts for a while.

    underway/writing-<id>.json     a backup, a publication or parts of an ingest are being written
    underway/removing-<id>.json    what nothing names is being removed
"""

from __future__ import annotations

import json
import logging
import os
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from engine.errors import StorageFailed, WriterBusy
from engine.store.backups.depot import Depot

log = logging.getLogger(__name__)

FOLDER = "underway"
_WRITING, _REMOVING = "writing", "removing"
_LONGEST = {_WRITING: timedelta(days=7), _REMOVING: timedelta(minutes=20)}  # for which a note counts
_LEASE = 300.0  # seconds after which who removes says again that it is at work
_PERIOD = 1.0
_MOST_BYTES = 1 << 16


@contextmanager
def writing(depot: Depot, what: str, sleep: Callable[[float], None] = time.sleep) -> Iterator[None]:
    """Write to a depot; waits for whoever removes something from it."""
    with _noted(depot, _WRITING, what):
        said = False
        while others := _notes(depot, _REMOVING):
            if not said:
                log.warning("%s waits until this has ended: %s", what, others[0])
                said = True
            sleep(_PERIOD)
        yield


@contextmanager
def removing(depot: Depot, what: str) -> Iterator[Callable[[], None]]:
    """Remove from a depot; what it yields is called before each removal. WriterBusy while something is written."""
    with _noted(depot, _REMOVING, what) as renew:
        if others := _notes(depot, _WRITING):
            raise WriterBusy(
                f"Something is being written to {depot.address}: {others[0]}.",
                "Run it again later; if that was killed, remove its file first.",
            )
        renewed = time.monotonic()

        def going_on() -> None:
            nonlocal renewed
            if time.monotonic() - renewed > _LEASE:
                renew()
                renewed = time.monotonic()

        yield going_on


@contextmanager
def _noted(depot: Depot, kind: str, what: str) -> Iterator[Callable[[], None]]:
    name = f"{FOLDER}/{kind}-{uuid4().hex}.json"

    def renew() -> None:
        by = f"{what} on {platform.node()}, process {os.getpid()}"
        depot.write(name, json.dumps({"by": by, "at": datetime.now(UTC).isoformat(timespec="seconds")}).encode())

    renew()
    try:
        yield renew
    finally:
        try:
            depot.remove(name)
        except (OSError, StorageFailed) as error:
            log.warning("%s/%s cannot be removed: %s", depot.address, name, error)


def _notes(depot: Depot, kind: str) -> list[str]:
    """Texts of the notes of a kind that still count; one that cannot be read does."""
    found = []
    for name in depot.names(FOLDER):
        if name.startswith(f"{kind}-"):
            with suppress(FileNotFoundError):
                at, by = _read(depot.read(f"{FOLDER}/{name}", _MOST_BYTES))
                if at is None or datetime.now(UTC) - at < _LONGEST[kind]:
                    found.append(f"{by} ({FOLDER}/{name})")
    return found


def _read(note: bytes) -> tuple[datetime | None, str]:
    try:
        data = json.loads(note)
        return datetime.fromisoformat(data["at"]).astimezone(UTC), f"{data['by']}, since {data['at']}"
    except (ValueError, KeyError, TypeError):
        return None, "what a note says that cannot be read"
