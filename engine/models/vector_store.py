"""Vectors that a model has made of passages, kept on disk so that no process computes them twice.

Everything here can be made again from the passages: a file that is damaged is begun anew, and one that cannot be
written only costs time.
"""

from __future__ import annotations

import logging
import sqlite3
import zlib
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from engine.sqlite import write_ahead

log = logging.getLogger(__name__)

Kept = NDArray[Any]  # shape (rows, columns)

_TABLE = "CREATE TABLE IF NOT EXISTS passages (key BLOB PRIMARY KEY, columns INTEGER NOT NULL, vectors BLOB NOT NULL)"
_PATIENCE = 1.0  # seconds for others that write
_ASKED = 500  # keys in one statement
_DROPPED = 0.2  # of all passages, the oldest, where the file is full


class VectorStore:
    """The vectors of passages by their text, for one model. Safe under threads and processes.

    Args:
        path: the SQLite file, which models share.
        model: what identifies the model and how it is run.
        dtype: of a vector.
        capacity: bytes that all models' passages may take; the oldest are dropped first.
        lost: what it means if nothing can be kept, for the log.
    """

    def __init__(self, path: Path, model: str, dtype: DTypeLike, capacity: int, lost: str) -> None:
        self._path, self._model, self._dtype, self._capacity, self._lost = path, model, dtype, capacity, lost
        self._lock = Lock()
        self._database: sqlite3.Connection | None = None
        self._open()

    @property
    def open(self) -> bool:
        """Whether the file is there and sound."""
        return self._database is not None

    def get(self, texts: Iterable[str]) -> dict[str, Kept]:
        """The kept vectors of those of the passages that are there, by text."""
        keys = {self._key(text): text for text in texts}
        found: dict[str, Kept] = {}
        for key, columns, blob in self._rows(list(keys)):
            check, content = blob[:4], blob[4:]
            if zlib.crc32(content).to_bytes(4, "little") == check:
                found[keys[key]] = np.frombuffer(content, self._dtype).reshape(-1, columns)
        return found

    def put(self, passages: Mapping[str, Kept]) -> None:
        """Keep passages, each by its text."""
        rows = []
        for text, kept in passages.items():
            content = np.ascontiguousarray(kept).tobytes()
            rows.append((self._key(text), kept.shape[1], zlib.crc32(content).to_bytes(4, "little") + content))
        with self._lock:
            if self._database is None or not rows:
                return
            try:
                with self._database:
                    self._make_room(self._database)
                    self._database.executemany("INSERT OR REPLACE INTO passages VALUES (?, ?, ?)", rows)
            except sqlite3.Error as error:
                self._failed(error)

    def close(self) -> None:
        """Close the file. What is asked later is not found."""
        with self._lock:
            if self._database is not None:
                self._database.close()
            self._database = None

    def _key(self, text: str) -> bytes:
        digest = blake2b(self._model.encode(), digest_size=16)
        digest.update(b"\0" + text.encode("utf-8", "surrogatepass"))
        return digest.digest()

    def _rows(self, keys: list[bytes]) -> list[tuple[bytes, int, bytes]]:
        rows: list[tuple[bytes, int, bytes]] = []
        with self._lock:
            for start in range(0, len(keys), _ASKED):
                if self._database is None:
                    break
                asked = keys[start : start + _ASKED]
                marks = ", ".join("?" * len(asked))
                try:
                    query = f"SELECT key, columns, vectors FROM passages WHERE key IN ({marks})"  # noqa: S608 - marks only
                    rows += self._database.execute(query, asked)
                except sqlite3.Error as error:
                    self._failed(error)
        return rows

    def _make_room(self, database: sqlite3.Connection) -> None:
        """Drop the oldest passages where the file is full. Inside a transaction."""
        names = ("page_count", "freelist_count", "page_size")
        pages, free, size = (database.execute(f"PRAGMA {name}").fetchone()[0] for name in names)
        if (pages - free) * size > self._capacity:
            (count,) = database.execute("SELECT count(*) FROM passages").fetchone()
            oldest = "SELECT rowid FROM passages ORDER BY rowid LIMIT ?"
            database.execute(f"DELETE FROM passages WHERE rowid IN ({oldest})", (1 + int(count * _DROPPED),))  # noqa: S608

    def _open(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._path.touch(mode=0o600)
            database = sqlite3.connect(self._path, timeout=_PATIENCE, check_same_thread=False)
            write_ahead(database, _PATIENCE)
            database.execute("PRAGMA synchronous = NORMAL")
            database.execute(_TABLE)
            self._database = database
        except (sqlite3.Error, OSError) as error:
            self._failed(error)

    def _failed(self, error: Exception) -> None:
        """A busy or full file is left for now; a damaged one is removed, and nothing is kept by this process."""
        damaged = type(error) is sqlite3.DatabaseError  # its subclasses are for what is busy, full or forbidden
        log.warning(
            "What was computed cannot be kept in %s, so %s: %s.%s",
            self._path,
            self._lost,
            str(error).rstrip("."),
            " The damaged file is removed." if damaged else "",
        )
        if damaged:
            if self._database is not None:
                self._database.close()
            for suffix in ("", "-wal", "-shm"):
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
            self._database = None
