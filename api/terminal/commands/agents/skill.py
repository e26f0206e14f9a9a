"""`winnow skill`: the file that tells an agent how to use Winnow."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.errors import UsageError
from engine.terminal.options import Json
from engine.terminal.output import print_json, printable

app = typer.Typer(help="A skill for agents: show, install.", no_args_is_help=True)

NAME = "winnow"


@app.command()
def show(as_json: Json = False) -> None:
    """Print the skill: how an agent searches with Winnow, and what an answer holds."""
    if as_json:
        print_json({"name": NAME, "text": _text()})
    else:
        print(_text(), end="")


@app.command()
def install(
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="The folder of an agent's skills, for example ~/.claude/skills.")
    ] = Path(".claude/skills"),
    force: Annotated[bool, typer.Option("--force", help="Replace a file that says something else.")] = False,
    as_json: Json = False,
) -> None:
    """Write the skill to DIR/winnow/SKILL.md, where an agent looks for it."""
    file = folder.expanduser() / NAME / "SKILL.md"
    text = _text()
    if file.exists() and not force and file.read_text(encoding="utf-8", errors="replace") != text:
        raise UsageError(f"{file} says something else.", "Replace it with --force, or name another folder.")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    if as_json:
        print_json({"name": NAME, "file": str(file)})
    else:
        print(printable(str(file)))


def _text() -> str:
    from data import SKILL

    return SKILL.read_text(encoding="utf-8")
