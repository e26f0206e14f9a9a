"""What the libraries do to a segment's files behind our back, as the shim sees it."""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import pytest

from engine.lexical.writing.tantivy_writer import TantivyWriter
from engine.vectors.files import write_vectors
from tests.crash.shim import Fault, Kind, Operation, Shim, missing
from tests.crash.test_shim import in_child

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())


@pytest.fixture(scope="module")
def shim() -> Shim:
    return Shim()


def test_a_written_index_is_out_of_reach_of_tantivys_threads(shim: Shim, tmp_path: Path) -> None:
    """They know its folder by a name that is gone; a lock file that came before that is removed."""
    directory = tmp_path / "index"

    def work() -> None:
        directory.mkdir()
        writer = TantivyWriter(directory, 1)
        writer.add("title", "body")
        (writer._working / ".tantivy-meta.lock").touch()  # as its background reader does now and then
        writer.write()

    assert in_child(shim, tmp_path, work) == 0
    made_before_the_move = [call for call in shim.calls() if call.operation == Operation.CREATE]
    assert made_before_the_move and all(call.path.startswith("index.writing/") for call in made_before_the_move)
    assert [path.name for path in tmp_path.iterdir()] == ["index"]
    assert directory / "meta.json" in directory.iterdir() and not list(directory.glob("*.lock"))


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC])
def test_vectors_that_cannot_be_written_are_told(shim: Shim, tmp_path: Path, number: int) -> None:
    """NumPy's `tofile` swallows an error of the last write: a file of few rows came out empty, without a word."""
    vectors = np.ones((3, 16), np.float32)
    assert in_child(shim, tmp_path, lambda: write_vectors(tmp_path / "v", vectors)) == 0
    writes = [place for place, call in enumerate(shim.calls(), start=1) if call.operation == Operation.WRITE]
    assert len(writes) == 3
    for at in writes:
        fault = Fault(Kind.ERROR, at - 1, number)  # the folder is there already
        assert in_child(shim, tmp_path, lambda: write_vectors(tmp_path / "v", vectors), fault) == number, at
