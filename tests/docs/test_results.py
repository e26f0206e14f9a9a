"""RESULTS.md is a script: its commands exist, with the options that it uses."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest
import typer

from api.terminal.cli import build
from benchmarks.reproduce import RESULTS, Step, read_steps, run_step
from engine.settings import Settings

ROOT = Path(__file__).parents[2]
STEPS = read_steps(RESULTS.read_text(encoding="utf-8"))
LINES = [
    line
    for step in STEPS
    for line in step.script.replace("\\\n", " ").splitlines()
    if line and not line.startswith("#")
]


@pytest.mark.parametrize("line", LINES)
def test_every_command_of_the_results_exists(line: str) -> None:
    words = shlex.split(line)
    while setting := re.fullmatch(r"WINNOW_([A-Z_]+)=\S+", words[0]):
        assert setting[1].lower() in Settings.model_fields, setting[1]
        del words[0]
    assert words[0] in {"winnow", "pytest", "python", "make"}, "a step is made of our own commands"
    if words[0] == "winnow":
        _check_options(words[1:])
    for word in words:
        if word.startswith("tests/"):
            assert (ROOT / word).exists(), word


def test_every_section_with_a_table_has_its_commands() -> None:
    for section in re.split(r"^## ", RESULTS.read_text(encoding="utf-8"), flags=re.M)[1:]:
        assert "```sh\n" in section, section.splitlines()[0]


def test_blocks_under_one_heading_are_numbered() -> None:
    text = "## A\n```sh\none\n```\ntext\n```sh\ntwo\nthree\n```\n## B, c\n```json\n{}\n```\n```sh\nfour\n```\n"
    steps = read_steps(text)
    assert steps == [Step("A 1", "one"), Step("A 2", "two\nthree"), Step("B, c", "four")]
    assert steps[2].slug == "b-c"


def test_a_step_stops_at_its_first_failure(tmp_path: Path) -> None:
    outcome = run_step(
        Step("x", "echo $WORD\nfalse\necho never"), tmp_path / "out", {"WORD": "seen", "PATH": "/usr/bin:/bin"}
    )
    assert outcome.code == 1
    printed = outcome.output.read_text(encoding="utf-8")
    assert "seen" in printed and "\nnever" not in printed


def _check_options(words: list[str]) -> None:
    command: Any = typer.main.get_command(build())
    rest = list(words)
    while isinstance(command, click.Group) or hasattr(command, "commands"):
        name = rest.pop(0)
        assert name in command.commands, name
        command = command.commands[name]
    known = {option for parameter in command.params for option in parameter.opts}
    for word in rest:
        if word.startswith("--"):
            assert word.partition("=")[0] in known, word
