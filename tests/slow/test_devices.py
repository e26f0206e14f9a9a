"""Ctrl-C in a real `winnow ingest --devices`: it ends as ever, and so do the processes that embed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
# What a shell starts in the background ignores the signal, and so do its children.
COMMAND = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from winnow.__main__ import main"


def test_ctrl_c_ends_every_process(tmp_path: Path) -> None:
    script = tmp_path / "run.py"
    script.write_text(f"{COMMAND}\nif __name__ == '__main__':\n    main()\n")
    options = ["--home", str(tmp_path / "home"), "--devices", "cpu,cpu", "--vectors-at-once"]
    process = subprocess.Popen(
        [sys.executable, str(script), "ingest", str(SAMPLE), *options],
        start_new_session=True,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        embedding = wait_for_two_that_compute(process.pid)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does it: every process of the group
        _, error = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130 and "Interrupted" in error and "Traceback" not in error
    assert not [child for child in embedding if Path("/proc", str(child)).exists()]


def wait_for_two_that_compute(parent: int) -> list[int]:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        children = [int(child) for child in read(f"/proc/{parent}/task/{parent}/children").split()]
        found = [child for child in children if "spawn_main" in read(f"/proc/{child}/cmdline")]
        if len(found) == 2 and all(seconds(child) > 2.0 for child in found):
            return found
        time.sleep(0.2)
    raise AssertionError("the processes did not begin to embed")


def seconds(process: int) -> float:
    """What a process has computed so far."""
    fields = read(f"/proc/{process}/stat").rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK") if fields else 0.0


def read(path: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except OSError:  # it has ended
        return ""
