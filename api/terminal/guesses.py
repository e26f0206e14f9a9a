"""Suggestions for a command that there is not, and for an option on the wrong side of its command."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from typer.core import TyperGroup

_MOST = 4  # suggestions

# Each row is one thing to do, in the words of other tools, too.
_SAME = [
    set(words.split())
    for words in (
        "ingest index add import load upload put insert crawl scan reindex",
        "search query find ask grep look s",
        "ask-document ask",
        "serve start server up web ui http api launch",
        "ls list dir",
        "get show cat view read open print fetch",
        "delete rm remove del erase revoke drop destroy uninstall",
        "create add new make generate",
        "stats status info stat count describe",
        "list ls",
        "rename mv move",
        "update sync refresh",
        "watch monitor follow",
        "verify check fsck validate",
        "doctor diagnose health status",
        "repair fix recover",
        "restore recover import",
        "backup dump save export snapshot",
        "gc clean cleanup prune vacuum purge compact",
        "merge compact optimize optimise",
        "reembed reindex embed rebuild",
        "bench benchmark eval evaluate measure",
        "tune optimize optimise learn",
        "curate synonyms pin rules boost",
        "config settings set options",
        "pull download install fetch get",
        "show get view describe cat",
        "keys key token tokens",
        "models model",
        "collections collection",
        "warm preload cache",
        "init setup",
    )
]
_OPTIONS = {"stop": "serve --stop", "version": "--version", "help": "--help"}


class Commands(TyperGroup):
    """A group of commands that says what may have been meant."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        try:
            return super().resolve_command(ctx, args)
        except Exception as error:
            if hasattr(error, "message") and args and args[0] not in self.commands:
                error.message = _no_such_command(self, ctx, args)
            raise

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except Exception as error:
            _say_where(error, after=_command_with(self, getattr(error, "option_name", None), args), path=_path(ctx))
            raise

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except Exception as error:
            if ctx.parent is None and getattr(error, "option_name", None) in _options(self):
                _say_where(error, before=True, path=_path(ctx))
            else:
                _say_how(error)
            raise


def _no_such_command(group: TyperGroup, ctx: Any, args: list[str]) -> str:
    said = f"No such command {args[0]!r}."
    found = _meant(group, args[0].lower())
    if found:
        return f"{said} Did you mean {', '.join(repr(one) for one in found)}?"
    if "search" in group.commands:
        return f"{said} To search for words, write search before them; {_path(ctx)} -h lists the commands."
    return f"{said} Known: {', '.join(sorted(group.commands))}."


def _meant(group: TyperGroup, word: str) -> list[str]:
    """Commands that do what the word says in other tools, this group's own first; else those spelled much like it."""
    if word in _OPTIONS and _OPTIONS[word].split()[0] in {*group.commands, "--version", "--help"}:
        return [_OPTIONS[word]]
    same = set[str]().union(*(row for row in _SAME if word in row))
    found = sorted(same & group.commands.keys())
    found += [name for name in _inner(group) if name.split()[1] in same | {word}]
    return found[:_MOST] or get_close_matches(word, group.commands, cutoff=0.7)


def _inner(group: TyperGroup) -> Iterator[str]:
    """The commands of groups within, such as `keys create`."""
    return (name for name, _ in _leaves(group) if " " in name)


def _leaves(group: TyperGroup) -> Iterator[tuple[str, Any]]:
    """Every command that does something, by its whole name."""
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from ((f"{name} {inner}", leaf) for inner, leaf in _leaves(command))
        else:
            yield name, command


def _command_with(group: TyperGroup, option: str | None, args: list[str]) -> str | None:
    """The command that an option belongs to: the one that was named, or the first that has it; None if none has."""
    having = [name for name, command in _leaves(group) if option in _options(command)]
    named = [name for name in having if set(name.split()) <= set(args)]
    return next(iter(named or [name for name in having if name == "search"] or having), None)


def _options(command: Any) -> set[str]:
    return {name for one in command.params for name in (*one.opts, *one.secondary_opts)}


def _path(ctx: Any) -> str:
    return str(ctx.command_path)


def _say_where(error: Any, *, path: str, after: str | None = None, before: bool = False) -> None:
    """Let an error about an unknown option say on which side of the command it goes."""
    if not hasattr(error, "possibilities"):  # Typer keeps the class in a private module: no name to import
        return
    option = error.option_name
    if before:
        error.message = f"{option} goes before the command: {path} {option} ..."
    elif after:
        error.message = f"{option} is an option of the commands, and goes after their name: {path} {after} {option} ..."
    else:
        return
    error.possibilities = None


def _say_how(error: Any) -> None:
    """Let an error about an argument say how a file that begins with a dash is named, and how a collection is."""
    context, message = getattr(error, "ctx", None), str(getattr(error, "message", ""))
    if context is None:
        return
    if hasattr(error, "possibilities") and (file := _file_like(error.option_name)):
        error.message, error.possibilities = f"{message.rstrip('.')}. The file is named so: ./{file}", None
    elif message.startswith("Got unexpected extra argument") and "-c" in _options(context.command):
        error.message = f"{message}. A collection is named with -c: {_path(context)} -c NAME"


def _file_like(option: str) -> str | None:
    """An argument of the command line that was read as this option, and is a file or a folder."""
    return next((word for word in sys.argv[1:] if word.startswith(option) and Path(word).exists()), None)
