"""Writes the tantivy index of a segment (read by engine/lexical/tantivy_index.py), or joins those of several."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import tantivy

from engine.lexical.origins import key_of

_HEAP = 64_000_000  # bytes; a segment of a usual commit fits, so it becomes one part of the index
_META, _MANAGED = (
    "meta.json",
    ".managed.json",
)  # the list of an index's parts, and of the files that tantivy looks after


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("title", tokenizer_name="whitespace", index_option="position")
    builder.add_text_field("text", tokenizer_name="whitespace", index_option="position")
    builder.add_unsigned_field("row", fast=True)
    return builder.build()


class TantivyWriter:
    """Writes one index in one commit, single-threaded. `directory` exists and is empty."""

    def __init__(self, directory: Path, origin: int) -> None:
        """`origin` is the number under which the rows are known wherever they are copied to."""
        self._directory, self._working = directory, _working(directory)
        self._writer = tantivy.Index(_schema(), str(self._working), reuse=False).writer(_HEAP, 1)
        self._key = key_of(origin, 0)

    def add(self, title: str, text: str) -> None:
        """One more row: the terms of its title, and those of title and body."""
        document = tantivy.Document()
        document.add_unsigned("row", self._key)
        document.add_text("title", title)
        document.add_text("text", text)
        try:
            self._writer.add_document(document)
        except ValueError:
            self._writer.commit()  # what is raised says only that the writing thread died; the commit says why
            raise
        self._key += 1

    def write(self) -> None:
        """Commits, waits for merges, and leaves only files that never change again."""
        _finish(self._writer, self._working, self._directory)


def join_tantivy(directory: Path, sources: Sequence[Path]) -> None:
    """Writes an index of all documents of several ones, which have none in common. `directory` exists and is empty.

    All have the schema of `TantivyWriter`. tantivy merges parts by a policy of its own, at the commit.
    """
    working = _working(directory)
    parts, managed = [], []
    for source in sources:
        parts += json.loads((source / _META).read_bytes())["segments"]
        for file in source.iterdir():
            if file.name not in (_META, _MANAGED):
                shutil.copyfile(file, working / file.name)
                managed.append(file.name)
    meta = json.loads((sources[0] / _META).read_bytes())
    (working / _META).write_text(json.dumps({**meta, "segments": parts}), "utf-8")
    (working / _MANAGED).write_text(json.dumps([*managed, _META]), "utf-8")
    _finish(tantivy.Index.open(str(working)).writer(_HEAP, 1), working, directory)


def _working(directory: Path) -> Path:
    """A folder to write in. A background reader of tantivy's may take a lock file at any time, on a busy machine even
    after the commit. So an index is written beside its directory and moved there: the reader does not find it any more.
    """
    working = directory.with_name(directory.name + ".writing")
    working.mkdir()
    return working


def _finish(writer: tantivy.IndexWriter, working: Path, directory: Path) -> None:
    writer.commit()
    writer.wait_merging_threads()
    working.rename(directory)
    for lock in directory.glob("*.lock"):
        lock.unlink()
