"""Ctrl-C ends the command quietly from the beginning, whatever it is importing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
# What a site sets up before a command begins: a signal comes when a module is looked for.
AT_IMPORT = """
import os, signal, sys

class Interrupts:
    def find_spec(self, name, path=None, target=None):
        if name == os.environ["AT"]:
            os.kill(os.getpid(), getattr(signal, os.environ["SIGNAL"]))

sys.meta_path.insert(0, Interrupts())
"""
CONSOLE_SCRIPT = ["-c", "import sys; from winnow.__main__ import main; sys.exit(main())"]
MODULE = ["-m", "winnow"]
MODULES = [
    "winnow.own",
    "engine",
    "benchmarks",
    "engine.child",
    "api.terminal.cli",
    "typer",
    "engine.errors",
    "api.terminal.commands.search",
    "numpy",
    "pyarrow",
    "engine.collection",
]


def run(folder: Path, command: list[str], at: str, name: str = "SIGINT", *, ignored: bool = False) -> tuple[int, str]:
    """Exit code and stderr of a search that gets a signal when it imports `at`."""
    (folder / "sitecustomize.py").write_text(AT_IMPORT)
    environment = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}", "AT": at, "SIGNAL": name}
    done = subprocess.run(
        [sys.executable, *command, "search", "ferry", "--home", str(folder)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        cwd=folder,
        preexec_fn=partial(_begin_with, signal.SIG_IGN if ignored else signal.SIG_DFL),
    )
    return done.returncode, done.stderr


def _begin_with(sigint: signal.Handlers) -> None:
    """Whoever runs the tests may ignore signals, as nohup does, and children inherit that."""
    signal.signal(signal.SIGINT, sigint)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


@pytest.mark.parametrize("at", MODULES)
@pytest.mark.parametrize("command", [CONSOLE_SCRIPT, MODULE], ids=["script", "module"])
def test_ctrl_c(tmp_path: Path, command: list[str], at: str) -> None:
    code, said = run(tmp_path, command, at)
    assert code == 130 and "Traceback" not in said and "KeyboardInterrupt" not in said


@pytest.mark.parametrize("at", ["winnow.own", "typer", "numpy"])
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_what_else_ends_it(tmp_path: Path, at: str, name: str) -> None:
    code, said = run(tmp_path, MODULE, at, name)
    assert code == -getattr(signal, name) and not said


@pytest.mark.parametrize("at", ["winnow.own", "numpy"])
def test_a_job_of_the_background_does_not_mind_ctrl_c(tmp_path: Path, at: str) -> None:
    code, said = run(tmp_path, MODULE, at, ignored=True)
    assert code == 2 and "collection_not_found" in said
