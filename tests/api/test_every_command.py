"""What holds for every command: a description, --json where it prints data, -c for a collection, the extra named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from api.terminal.cli import build

# They print nothing that a program could read: they serve until interrupted.
SERVING = {"serve", "mcp", "cluster serve"}
WRITING = {"bench reproduce", "bench calibrate", "bench silence"}  # they write a report or a model's file
# Commands that cannot do their work without an extra, or not with every option.
EXTRAS = {
    "serve": "serve",
    "mcp": "mcp",
    "cluster serve": "cluster",
    "cluster status": "cluster",
    "cluster drain": "cluster",
    "cluster rollout": "cluster",
    "cluster ingest": "cluster",
    "train": "train",
    "watch": "watch",
    "bench run": "bench",
    "bench evaluate": "bench",
    "bench compare": "bench",
    "bench peers": "peers",
}
# Commands about one collection that is there already; `restore` and `collections` make, list, rename and delete them.
READING = ["search", "ls", "get", "stats", "verify", "backup", "certify", "diff"]
WRITING_TO_ONE = ["ingest", "delete", "curate", "merge", "gc", "repair", "reembed", "tune", "watch"]


def commands(command: Any = None, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every command that does something, by its whole name."""
    command = command or typer.main.get_command(build())
    inside = getattr(command, "commands", None)
    if inside:
        for part, inner in inside.items():
            yield from commands(inner, f"{name} {part}".strip())
    else:
        yield name, command


COMMANDS = dict(commands())


def options(name: str) -> set[str]:
    return {option for parameter in COMMANDS[name].params for option in parameter.opts}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_what_it_does(name: str) -> None:
    first = (COMMANDS[name].help or "").strip().splitlines()[0]
    assert first.endswith((".", ",")) or len(first) > 40, first


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in SERVING | WRITING])
def test_a_command_that_prints_data_has_json(name: str) -> None:
    assert "--json" in options(name)


@pytest.mark.parametrize("name", READING + WRITING_TO_ONE)
def test_a_collection_is_named_by_c(name: str) -> None:
    assert {"-c", "--collection"} <= options(name)


@pytest.mark.parametrize(("name", "extra"), EXTRAS.items())
def test_the_help_names_the_extra(name: str, extra: str) -> None:
    said = f"{COMMANDS[name].help} " + " ".join(str(getattr(p, "help", "")) for p in COMMANDS[name].params)
    assert re.search(rf"extras? [^.]*`{extra}`", said), said


@pytest.mark.parametrize(
    "name", [name for name in COMMANDS if "--home" in options(name) and not name.startswith("bench")]
)
def test_the_default_home_is_told(name: str) -> None:
    (home,) = (parameter for parameter in COMMANDS[name].params if "--home" in parameter.opts)
    assert "WINNOW_HOME" in str(getattr(home, "show_default", ""))
