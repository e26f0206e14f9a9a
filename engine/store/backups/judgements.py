"""Judgements in backups: two files beside the generations, which people change while a backup is made."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from engine.errors import StoreDamaged
from engine.fingerprint import digest_file
from engine.store.inventory import StoredFile
from engine.store.layout import JUDGED_HITS_FILE, JUDGED_QUERIES_FILE, CollectionLayout
from engine.store.listing import ListedFile
from engine.store.names import REMEDY

_FILES = (JUDGED_HITS_FILE, JUDGED_QUERIES_FILE)  # in this order: every judged hit has its query, not the other way


@contextmanager
def snapshot(layout: CollectionLayout) -> Iterator[tuple[Path, list[StoredFile]]]:
    """A directory with the judgements of a collection as they are now, and what it holds; nothing where nobody judged.

    The files are copied before they are measured: while that is done, another judgement may take their place.
    """
    with tempfile.TemporaryDirectory(prefix="winnow-judgements-") as scratch:
        files = []
        for name in _FILES:
            with suppress(FileNotFoundError):
                content = (layout.judgements / name).read_bytes()
                (Path(scratch) / name).write_bytes(content)
                files.append(StoredFile(name, len(content), digest_file(Path(scratch) / name)))
        yield Path(scratch), files


def judgement_file(data: object) -> StoredFile:
    """A file of judgements as a backup names it. StoreDamaged, KeyError or TypeError if it is none."""
    if not isinstance(data, dict) or data["path"] not in _FILES:
        raise StoreDamaged(f"{data!r:.200} is no file of judgements.", REMEDY)
    file = ListedFile.from_json(data)
    return StoredFile(data["path"], file.size, file.sha256)
