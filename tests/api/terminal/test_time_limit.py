"""--timeout: any command ends as Ctrl-C ends it, and says that its time was up."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from api.terminal import cli
from api.terminal.cli import _wanted
from tests.conftest import Winnow

ROOT = Path(__file__).parents[3]
# The signal is ignored by what a shell has put into the background; a limit holds there, too.
BACKGROUND = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); "
PROGRAM = "from api.terminal.cli import main; main()"


def begun(*arguments: object, before: str = "") -> subprocess.Popen[str]:
    """A `winnow` process whose standard input brings nothing and does not end."""
    return subprocess.Popen(
        [sys.executable, "-c", before + PROGRAM, *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """(exit code, stderr) of a process that is not given any input until it has ended."""
    try:
        code = process.wait(120)
        assert process.stderr
        return code, process.stderr.read()
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("before", ["", BACKGROUND])
def test_a_command_that_waits_is_ended(tmp_path: Path, before: str) -> None:
    waiting = begun("--timeout", 0.3, "ingest", "-", "--id", "n", "--home", tmp_path / "home", before=before)
    code, said = ended(waiting)
    assert code == 124 and "timed_out" in said and "0.3 s" in said and "Traceback" not in said


def test_a_service_is_ended_as_it_ends_when_asked(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    code, said = ended(begun("--timeout=6", "serve", "--port", 0, "--home", home))
    assert code == 124 and "timed_out" in said and "Traceback" not in said
    assert not list(home.glob("*.sock"))


def test_who_is_quick_enough_notices_nothing(winnow: Winnow, home: Path) -> None:
    assert winnow("--timeout", 600, "collections", "list", "--home", home).code == 0
    assert winnow("--timeout", 600, "search", "river", "--home", home).code == 2  # its own exit code
    assert not cli.limit.expired


@pytest.mark.parametrize("seconds", ["0", "-1", "x", "nan", "inf", "1e99"])
def test_no_time_is_no_limit(winnow: Winnow, seconds: str) -> None:
    assert winnow(f"--timeout={seconds}", "collections", "list").code == 2


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["search", "x"], "search"),
        (["--verbose", "--timeout", "5", "ls"], "ls"),
        (["--timeout=5", "--verbose", "ls"], "ls"),
        (["--help", "ls"], None),
        (["--timeout", "5", "--help", "ls"], None),
        (["--version"], None),
        ([], ""),
    ],
)
def test_only_the_command_that_is_asked_for_is_loaded(arguments: list[str], name: str | None) -> None:
    assert _wanted(arguments) == name


def test_completion_knows_all_commands() -> None:
    environment = {**os.environ, "_WINNOW_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": "winnow do"}
    script = f"import sys; sys.argv = ['winnow', 'ls']; {PROGRAM}"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert "doctor" in done.stdout, done.stderr
