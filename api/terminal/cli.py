"""The command `winnow`: gathers the sub-commands that the packages register as entry points."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from collections.abc import Iterable, Sequence
from contextlib import suppress
from importlib.metadata import EntryPoint, distribution, entry_points, version

import typer

from api.terminal.guesses import Commands
from api.terminal.time_limit import EXIT_CODE, TimeLimit
from engine.errors import WinnowError
from engine.terminal.output import printable
from engine.terminal.questions import command_class

DISTRIBUTION = "winnow-search"
GROUP = "winnow.commands"
DOCTOR = "Run `winnow doctor`: it looks for what is wrong here, and says what to do."

_FLAGS, _VALUED = ("--verbose",), ("--timeout",)  # what may stand before a command

limit = TimeLimit()


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"winnow {version(DISTRIBUTION)}")
        raise typer.Exit


def build(only: str | None = None) -> typer.Typer:
    """The application with every registered command, or `only` the one that is to be run, if there is one of that name;
    an entry point is a function or a Typer of sub-commands.
    """
    app = typer.Typer(
        name="winnow",
        cls=Commands,
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
        timeout: float | None = typer.Option(
            None,
            "--timeout",
            min=0.001,
            max=1e9,
            metavar="SECONDS",
            help="End the command after so long, as Ctrl-C does, with exit code 124.",
            show_default=False,
        ),
    ) -> None:
        _set_up_logging(verbose)
        if timeout is not None:
            limit.start(timeout)

    for entry in sorted(_entries(only), key=lambda entry: entry.name):
        try:
            command = entry.load()
        except ImportError as error:  # a broken plug-in, which must not take the other commands with it
            print(f"winnow: the command {entry.name!r} cannot be loaded: {error}. {DOCTOR}", file=sys.stderr)
            continue
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=entry.name, cls=Commands)
        else:
            app.command(entry.name, cls=command_class(command))(command)
    return app


def _entries(only: str | None) -> Iterable[EntryPoint]:
    """The entry point of one command, or else of all. Our own is looked for first: the others stand in files of every
    package that is installed.
    """
    if only:
        own = distribution(DISTRIBUTION).entry_points
        if found := own.select(group=GROUP, name=only) or entry_points(group=GROUP, name=only):
            return found
    return entry_points(group=GROUP)


def _wanted(arguments: Sequence[str]) -> str | None:
    """The probable name of the command, so that the others need not be imported; None where help is wanted, or the
    shell asks for words to complete.
    """
    rest = iter(arguments)
    first = ""
    for argument in rest:
        if argument in _VALUED:
            next(rest, None)
        elif argument not in _FLAGS and not argument.startswith(tuple(f"{option}=" for option in _VALUED)):
            first = argument
            break
    return None if first.startswith("-") or "_WINNOW_COMPLETE" in os.environ else first


def _set_up_logging(verbose: bool) -> None:
    """Our own warnings to stderr; with `verbose` also what happens, and what the libraries have to say."""
    logging.basicConfig(
        stream=sys.stderr, format="winnow: %(message)s", level=logging.INFO if verbose else logging.CRITICAL
    )
    logging.getLogger("sqlalchemy").setLevel(logging.INFO if verbose else logging.CRITICAL)  # else it sets one itself
    for package in ("api", "benchmarks", "engine", "indexer"):
        logging.getLogger(package).setLevel(logging.INFO if verbose else logging.WARNING)


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done in part, 124 out of time, 130
    interrupted.
    """
    try:
        _run()
        limit.stop()
    except BaseException:
        if not limit.expired:  # else it is how the command has ended upon the interrupt
            raise
    finally:
        with suppress(KeyboardInterrupt):  # which came too late to interrupt anything
            limit.stop()
    if limit.expired:
        limit.expired = False
        said = f"The command took longer than {limit.seconds:g} s and was interrupted; what was committed is kept."
        _fail(
            "timed_out", said, "Give it more time with --timeout, or none; the same command does the rest.", EXIT_CODE
        )


def _run() -> None:
    """Run the command that the arguments name, and say what is wrong where it fails."""
    try:
        try:
            build(_wanted(sys.argv[1:]))()
        finally:
            sys.stdout.flush()
    except WinnowError as error:
        _fail(error.code, error.message, error.remedy, error.exit_code)
    except BrokenPipeError:  # whoever reads our output, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        from engine.refusals import remedy_of

        _fail("io_error", f"{error.filename or 'Winnow'}: {error.strerror or error}.", remedy_of(error), 1)
    except Exception as error:  # a fault of ours, or something that is broken here: only looking tells
        if isinstance(error, UnicodeEncodeError) and (spoilt := _spoilt_argument()):
            _fail("usage", f"{spoilt} is not text in UTF-8.", "Only names of files may be other bytes.", 2)
        traceback.print_exc()
        said = f"{type(error).__name__}, which Winnow did not expect: {str(error).rstrip('.') or 'it says no more'}."
        _fail("unexpected", said, f"{DOCTOR} Where it finds nothing, report this with the lines above.", 1)


def _spoilt_argument() -> str | None:
    """The first argument that is not text: the terminal sent bytes that are not UTF-8."""
    return next((argument for argument in sys.argv[1:] if any("\ud800" <= one <= "\udfff" for one in argument)), None)


def _fail(code: str, message: str, remedy: str, exit_code: int) -> None:
    from rich.console import Console
    from rich.markup import escape

    messages = Console(stderr=True, highlight=False, emoji=False)
    messages.print(f"[red]winnow: {code}:[/red] {escape(printable(message))}", soft_wrap=True)
    if remedy:
        messages.print(printable(remedy), markup=False, soft_wrap=True)
    sys.exit(exit_code)
