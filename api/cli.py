"""The command `winnow`: gathers the sub-commands that the packages register as entry points."""

from __future__ import annotations

import logging
import sys
from importlib.metadata import entry_points, version

import typer
from rich.console import Console

from engine.errors import WinnowError

GROUP = "winnow.commands"

messages = Console(stderr=True, highlight=False)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"winnow {version('winnow-search')}")
        raise typer.Exit


def build() -> typer.Typer:
    """The application with every registered command; an entry point is a function or a Typer of sub-commands."""
    app = typer.Typer(
        name="winnow",
        help="Search your own documents: lexical and dense retrieval, reranked by a cross-encoder, explained.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    @app.callback()
    def options(
        show_version: bool = typer.Option(
            False, "--version", callback=_show_version, is_eager=True, help="Print the version and exit."
        ),
        verbose: bool = typer.Option(False, "--verbose", help="Log what happens to stderr."),
    ) -> None:
        logging.basicConfig(stream=sys.stderr, level=logging.INFO if verbose else logging.ERROR)

    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        command = entry.load()
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=entry.name)
        else:
            app.command(entry.name)(command)
    return app


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done in part."""
    try:
        build()()
    except WinnowError as error:
        messages.print(f"[red]winnow: {error.code}:[/red]", end=" ")
        messages.print(error.message, markup=False, soft_wrap=True)
        if error.remedy:
            messages.print(error.remedy, markup=False, soft_wrap=True)
        sys.exit(error.exit_code)
