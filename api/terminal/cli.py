"""The command `winnow`: gathers the sub-commands that the packages register as entry points."""

from __future__ import annotations

import logging
import os
import sys
from importlib.metadata import entry_points, version

import typer
from rich.console import Console
from rich.markup import escape

from engine.errors import WinnowError
from engine.refusals import remedy_of
from engine.terminal.output import printable
from engine.terminal.questions import command_class

GROUP = "winnow.commands"

messages = Console(stderr=True, highlight=False, emoji=False)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"winnow {version('winnow-search')}")
        raise typer.Exit


def build() -> typer.Typer:
    """The application with every registered command; an entry point is a function or a Typer of sub-commands."""
    app = typer.Typer(
        name="winnow",
        help="Search your own documents: lexical and dense retrieval, reranked and explained.",
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
        _set_up_logging(verbose)

    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        try:
            command = entry.load()
        except ImportError as error:  # a broken plug-in, which must not take the other commands with it
            messages.print(f"winnow: the command {entry.name!r} cannot be loaded: {error}", markup=False)
            continue
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=entry.name)
        else:
            app.command(entry.name, cls=command_class(command))(command)
    return app


def _set_up_logging(verbose: bool) -> None:
    """Our own warnings to stderr; with `verbose` also what happens, and what the libraries have to say."""
    logging.basicConfig(
        stream=sys.stderr, format="winnow: %(message)s", level=logging.INFO if verbose else logging.CRITICAL
    )
    logging.getLogger("sqlalchemy").setLevel(logging.INFO if verbose else logging.CRITICAL)  # else it sets one itself
    for package in ("api", "benchmarks", "engine", "indexer"):
        logging.getLogger(package).setLevel(logging.INFO if verbose else logging.WARNING)


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done in part, 130 interrupted."""
    try:
        try:
            build()()
        finally:
            sys.stdout.flush()
    except WinnowError as error:
        _fail(error.code, error.message, error.remedy, error.exit_code)
    except BrokenPipeError:  # whoever reads our output, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        _fail("io_error", f"{error.filename or 'Winnow'}: {error.strerror or error}.", remedy_of(error), 1)


def _fail(code: str, message: str, remedy: str, exit_code: int) -> None:
    messages.print(f"[red]winnow: {code}:[/red] {escape(printable(message))}", soft_wrap=True)
    if remedy:
        messages.print(printable(remedy), markup=False, soft_wrap=True)
    sys.exit(exit_code)
