"""A flipped bit or a missing end in any file that a generation is made of: `verify` says so, whatever the file.

Each look is taken in a forked child, since a library that trusts a damaged file may take the process with it.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.errors import WinnowError
from engine.store.layout import Home
from engine.store.repair.verify import verify
from tests.crash.workload import NAME, WORKLOAD, Session
from tests.support.stores import fast_home

KINDS = {
    "collection.json": "collection.json",
    "manifest": "generations/*.json",
    "older manifest": "generations/*.json",
    "tombstones": "tombstones/*.npz",
    "segment.json": "segments/*/segment.json",
    "documents": "segments/*/documents.arrow",
    "chunks": "segments/*/chunks.arrow",
    "vectors": "segments/*/vectors/*",
    "forward index": "segments/*/lexical/forward/*",
    "tantivy": "segments/*/lexical/tantivy/*",
}
FLIPS, CUTS = 2, 1  # of each file


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    """A collection with several segments, tombstones and an older generation that has not been swept."""
    with fast_home() as home:
        session = Session(home)
        for operation in WORKLOAD[:4]:
            operation.run(session)
        session.close()
        assert verify(home, NAME).problems == ()
        yield home


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Iterator[Path]:
    copy = template.with_name("copy")
    shutil.copytree(template, copy)
    yield copy
    shutil.rmtree(copy)


def files(home: Path, kind: str) -> list[Path]:
    (layout,) = Home(home).all_collections()
    found = sorted(path for path in layout.root.glob(KINDS[kind]) if path.is_file())
    if "manifest" in kind:
        return found[-1:] if kind == "manifest" else found[:1]
    last = KINDS[kind].startswith("segments") and found[-1].relative_to(layout.segments).parts[0]
    return [path for path in found if not last or last in path.parts]  # one segment is enough


def look(home: Path) -> Any:
    """ "problem" if `verify` reports or raises one, 'whole' if it finds none, else how the child died."""
    child = os.fork()
    if child == 0:
        code = 3
        try:
            code = 1 if verify(home, NAME).problems else 0
        except WinnowError:
            code = 1
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return {0: "whole", 1: "problem"}.get(code, f"ended with {code}")


def damaged(data: bytes, luck: random.Random) -> Iterator[tuple[str, bytes]]:
    """Copies of the bytes with one bit flipped, then copies with their end missing."""
    for _ in range(FLIPS):
        place = luck.randrange(len(data) * 8)
        flipped = bytearray(data)
        flipped[place // 8] ^= 1 << place % 8
        yield f"bit {place}", bytes(flipped)
    for _ in range(CUTS):
        size = luck.randrange(len(data))
        yield f"cut to {size}", data[:size]


@pytest.mark.parametrize("kind", KINDS)
def test_damage_is_found(home: Path, kind: str) -> None:
    luck, tried = random.Random(kind), 0
    for path in files(home, kind):
        whole = path.read_bytes()
        for what, data in damaged(whole, luck) if whole else [("a byte more", b"\0")]:
            path.write_bytes(data)
            assert look(home) == "problem", f"{path}: {what}"
            tried += 1
        path.write_bytes(whole)
        if kind != "older manifest":  # which may have been swept
            path.unlink()
            assert look(home) == "problem", f"{path}: missing"
            path.write_bytes(whole)
    assert tried >= FLIPS
    assert look(home) == "whole"


def test_a_damaged_catalogue_is_told_or_does_no_harm(home: Path) -> None:
    """SQLite keeps no checksums: what is asserted is that nothing worse than a typed error comes of it, unless the
    damage hit the few bytes that hold a row, which `verify` compares with collection.json and the manifests."""
    luck, path = random.Random(1), home / "catalogue.sqlite"
    whole, found = path.read_bytes(), []
    for _, data in (pair for _ in range(4) for pair in damaged(whole, luck)):
        path.write_bytes(data)
        found.append(look(home))
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
    assert set(found) <= {"problem", "whole"}, found
    assert "problem" in found
