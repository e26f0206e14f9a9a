"""docs/cli.md, the reference of the command line, made of what `--help` says; `python -m tests.docs.reference` writes it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from api.terminal.cli import build
from engine.home import shown_default_home

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"
HOME = "~/.local/share/winnow"  # as on Linux, wherever the page is made
COMPLETION = {"--install-completion", "--show-completion"}  # whose words depend on the shell
HEAD = """\
<!-- Made from `--help` by `python -m tests.docs.reference`. Do not edit it. -->

# Command line

Every command, argument and option, as `--help` tells them. [Commands by task](commands.md) has examples
and the exit codes. `-h` and `--help` work everywhere; `winnow --install-completion` sets up your shell.
"""


def page() -> str:
    """The whole page as Markdown."""
    root = typer.main.get_command(build())
    return "\n".join([HEAD, *_section(root, "winnow")]).replace(shown_default_home(), HOME)


def _section(command: Any, name: str) -> Iterator[str]:
    """A command's heading, what it does, its usage and its options; then its sub-commands, a level below."""
    with command.make_context(name, [], resilient_parsing=True) as context:
        yield f"{'#' * max(2, name.count(' ') + 1)} {name}\n"
        yield f"{_plain(command.help or '')}\n"
        yield f"    {name} {_plain(' '.join(command.collect_usage_pieces(context)))}\n"
        shown = [param for param in command.params if not COMPLETION & set(param.opts)]
        records = [record for param in shown if (record := param.get_help_record(context))]
    if records:
        yield "| argument or option | what it does |\n|---|---|"
        yield from (f"| `{_cell(form)}` | {_cell(does)} |" for form, does in records)
        yield ""
    for inner in sorted(getattr(command, "commands", {})):
        yield from _section(command.commands[inner], f"{name} {inner}")


def _plain(text: str) -> str:
    """Help as the terminal shows it: without the backslashes that keep brackets from being markup."""
    return text.replace("\\[", "[").strip()


def _cell(text: str) -> str:
    """The same for a cell of a table, where a bar would end it."""
    return _plain(text).replace("  [", " [").replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
