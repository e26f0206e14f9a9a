"""A writer that dies right before each of its syncs and renames: the store is as before the commit or as after it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from engine.store.catalogue.catalogue import Catalogue
from engine.store.generation import open_generation
from engine.store.repair.verify import verify
from engine.store.writer import open_writer
from tests.support import store_children
from tests.support.processes import forkserver
from tests.support.stores import config, contents, fast_home


def _texts(home: Path) -> dict[str, str]:
    with open_generation(home, "docs") as generation:
        return {name: document.text for name, document in contents(generation).items()}


def _run(home: Path, commit: int, call: int) -> tuple[int, int]:
    """A child that makes one commit and dies at that call (0: never). Returns whether it acknowledged, and its calls."""
    context = forkserver()
    ours, theirs = context.Pipe()
    child = context.Process(target=store_children.exit_at, args=(call, home, commit, call == 0, theirs))
    child.start()
    theirs.close()
    received = []
    try:
        while True:
            received.append(ours.recv())
    except EOFError:
        pass
    child.join()
    assert child.exitcode == (0 if call == 0 or len(received) == 2 else store_children.EXIT)
    return bool(received), received[-1] if received else call


@pytest.fixture
def template() -> Iterator[Path]:
    """A collection after commits 0 to 3, of which the next one replaces, deletes and drops a segment."""
    with fast_home() as home:
        store_children.write_commit(home, range(4))
        yield home


def test_every_point_of_a_commit(template: Path) -> None:
    probe = template.with_name("probe")
    shutil.copytree(template, probe)
    _, calls = _run(probe, 4, 0)
    assert calls > 25
    old, new = store_children.expected(3), store_children.expected(4)
    landed = []
    for call in range(1, calls + 1):
        home = template.with_name(f"home{call}")
        shutil.copytree(template, home)
        acknowledged, _ = _run(home, 4, call)
        texts = _texts(home)
        assert texts in (old, new), call
        assert texts == new or not acknowledged, call
        landed.append(texts == new)
        if call % 5 == 0 or landed[-2:] == [False, True]:
            assert verify(home, "docs").problems == (), call
            store_children.write_commit(home, [4] if texts == old else [5])
            assert _texts(home) == (new if texts == old else store_children.expected(5)), call
            with open_writer(home, "docs") as writer:
                writer.sweep(0)
            report = verify(home, "docs")
            assert report.problems == report.notes == (), call
        shutil.rmtree(home)
    assert landed == sorted(landed)  # there is one moment at which the commit happens


def test_every_point_of_the_creation_of_a_collection() -> None:
    """A creation cut short is in nobody's way: the next one needs no repair."""
    with fast_home() as root:
        for call in count(1):
            home = root / f"home{call}"
            acknowledged, _ = _run(home, 0, call)
            assert not acknowledged
            known = [row.name for row in Catalogue(home).known()]
            with open_writer(home, "docs", config()) as writer:
                assert writer.manifest.generation == 1
            assert verify(home, "docs").problems == ()
            shutil.rmtree(home)
            if known:  # what comes now belongs to the first commit
                break
        assert call > 12
