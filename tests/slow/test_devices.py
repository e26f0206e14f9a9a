"""Ctrl-C in a real `winnow ingest --devices`: it ends as ever, and so do the processes that embed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
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
        embedding = wait_for_two_that_compute(psutil.Process(process.pid))
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does it: every process of the group
        _, error = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130 and "Interrupted" in error and "Traceback" not in error
    assert psutil.wait_procs(embedding, timeout=10)[1] == []


def wait_for_two_that_compute(parent: psutil.Process) -> list[psutil.Process]:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        found = [child for child in parent.children() if "spawn_main" in " ".join(child.cmdline())]
        if len(found) == 2 and all(sum(child.cpu_times()[:2]) > 2.0 for child in found):
            return found
        time.sleep(0.2)
    raise AssertionError("the processes did not begin to embed")
