"""What a child process is started with."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from api.processes import KeptProcess

TELL = "import os, sys; open(sys.argv[1], 'w').write(os.environ['MALLOC_ARENA_MAX']); sys.stdin.read()"


@pytest.mark.parametrize(("environment", "seen"), [({}, "2"), ({"MALLOC_ARENA_MAX": "7"}, "7")])
def test_memory_is_kept_in_few_arenas_unless_the_operator_says_otherwise(
    tmp_path: Path, environment: dict[str, str], seen: str
) -> None:
    file = tmp_path / "seen"
    process = KeptProcess("teller", [sys.executable, "-c", TELL, str(file)], environment=environment)
    try:
        until = time.monotonic() + 10
        while not (file.is_file() and file.read_text()):
            assert time.monotonic() < until
            time.sleep(0.01)
        assert file.read_text() == seen
    finally:
        process.end()
        process.join(10)
