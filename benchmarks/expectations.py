"""expected.yaml: commands with the figures that they must give, and the verdict on what they gave."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from engine.errors import DependencyMissing, ParseFailed, SourceNotFound, UsageError

DEFAULT = Path(__file__).with_name("expected.yaml")
_CLOSE = 3.0  # times the tolerance

Verdict = Literal["ok", "close", "off"]


@dataclass(frozen=True, slots=True)
class Expected:
    """A figure of the result, found by its path (`stages.fused.nDCG@10`)."""

    path: str
    value: float
    tolerance: float


@dataclass(frozen=True, slots=True)
class Entry:
    """A command line, as a person types it, and what it must print with --json."""

    name: str
    command: str
    expected: tuple[Expected, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One figure compared. `actual` is None where the command failed or its result lacks the figure."""

    entry: str
    path: str
    expected: float
    tolerance: float
    actual: float | None
    verdict: Verdict
    reason: str = ""


def read_expectations(file: Path = DEFAULT) -> list[Entry]:
    """Read the expectations. SourceNotFound or ParseFailed if the file is missing or is not as expected.yaml describes
    itself.
    """
    if not file.is_file():
        raise SourceNotFound(f"There is no file {file}.", "Give one in the form of benchmarks/expected.yaml.")
    try:
        table = yaml.safe_load(file.read_text(encoding="utf-8"))
        return [_entry(name, body) for name, body in table.items()]
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ParseFailed(
            f"{file} is not a file of expectations: {error!r}.", "See benchmarks/expected.yaml."
        ) from error


def select(entries: list[Entry], only: str | None) -> list[Entry]:
    """The entry of that name, or all. UsageError for an unknown name."""
    chosen = [entry for entry in entries if only in (None, entry.name)]
    if not chosen:
        raise UsageError(f"No entry is called {only!r}.", f"There are: {', '.join(entry.name for entry in entries)}.")
    return chosen


def check_entry(entry: Entry, run: Callable[[str], Mapping[str, Any]]) -> list[Finding]:
    """Run the entry's command by `run` and judge every figure; where the command fails, all of them are off."""
    try:
        result = run(entry.command)
    except CommandFailed as error:
        return [
            Finding(entry.name, wanted.path, wanted.value, wanted.tolerance, None, "off", str(error))
            for wanted in entry.expected
        ]
    return [_judge(entry.name, wanted, _look_up(result, wanted.path)) for wanted in entry.expected]


def judge(actual: float, expected: float, tolerance: float) -> Verdict:
    """`ok` within the tolerance, `close` within three times it, else `off`, on whichever side."""
    distance = abs(actual - expected) - 1e-12  # 0.7265 is within 0.0005 of 0.726, whatever binary fractions say
    return "ok" if distance <= tolerance else "close" if distance <= _CLOSE * tolerance else "off"


class CommandFailed(Exception):
    """An entry's command did not exit with 0, or printed no JSON."""


def run_command(command: str) -> Mapping[str, Any]:
    """Run `winnow ...` in a process of its own, with --json; `$NAME` in it is replaced from the environment.

    UsageError if the line is no winnow command or names a variable that is not set; CommandFailed.
    """
    if missing := sorted(set(re.findall(r"\$\{?(\w+)", command)) - os.environ.keys()):
        raise UsageError(f"The command needs {', '.join(missing)}: {command}", "Set it in the environment.")
    program, *arguments = shlex.split(os.path.expandvars(command))
    if program != "winnow":
        raise UsageError(f"Not a winnow command: {command}", "Write it as you would type it.")
    done = subprocess.run(
        [_winnow(), *arguments, "--json"], capture_output=True, text=True, encoding="utf-8", check=False
    )
    if done.returncode != 0:
        raise CommandFailed(f"exit code {done.returncode}: {done.stderr.strip()[-400:]}")
    try:
        result: Mapping[str, Any] = json.loads(done.stdout)
    except ValueError as error:
        raise CommandFailed(f"stdout is not JSON: {error}") from error
    return result


def _winnow() -> str:
    beside = Path(sys.executable).with_name("winnow")
    found = str(beside) if beside.exists() else shutil.which("winnow")
    if found is None:
        raise DependencyMissing("The command winnow is not installed.", "Install it with `pip install winnow-search`.")
    return found


def _judge(name: str, wanted: Expected, actual: float | None) -> Finding:
    if actual is None:
        return Finding(name, wanted.path, wanted.value, wanted.tolerance, None, "off", "the result has no such figure")
    verdict = judge(actual, wanted.value, wanted.tolerance)
    return Finding(name, wanted.path, wanted.value, wanted.tolerance, actual, verdict)


def _look_up(result: Mapping[str, Any], path: str) -> float | None:
    value: Any = result
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return float(value) if isinstance(value, int | float) else None


def _entry(name: str, body: Mapping[str, Any]) -> Entry:
    expected = tuple(
        Expected(path, float(figure["value"]), float(figure["tolerance"])) for path, figure in body["expected"].items()
    )
    return Entry(str(name), str(body["command"]).strip(), expected)
