"""Commands whose words are a question: `-word` among them is an exclusion, not a row of short options."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import islice
from typing import Any, TypeVar

from typer.core import TyperCommand

_VALUE = re.compile(r"=.*|-?\d+")  # after a short option: `-k5`, `-k-5`, `-k=5`
_REMEDY = "If it belongs to the question, put -- before the question."

F = TypeVar("F", bound=Callable[..., Any])

_asking: set[Callable[..., Any]] = set()


def asks(command: F) -> F:
    """Decorator of a command whose words are a question."""
    _asking.add(command)
    return command


def command_class(command: Callable[..., Any]) -> type[TyperCommand] | None:
    """The class of a command's parser; None: the usual one."""
    return QuestionCommand if command in _asking else None


class QuestionCommand(TyperCommand):
    """A command that takes one dash and a word for text, wherever it stands but as the value of an option."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, self._words_last(ctx, args))
        except Exception as error:
            # No such option: Typer has copied Click's class into a private module, which is no name to import.
            if hasattr(error, "possibilities") and hasattr(error, "message"):
                error.message = f"{str(error.message).rstrip('.')}. {_REMEDY}"
            raise

    def _words_last(self, ctx: Any, args: list[str]) -> list[str]:
        """The options with their values, then `--` and the words in their order."""
        known = {name: one for one in self.get_params(ctx) for name in (*one.opts, *one.secondary_opts)}
        values = {name: one.nargs for name, one in known.items() if not getattr(one, "is_flag", True)}
        options: list[str] = []
        words: list[str] = []
        rest = iter(args)
        for part in rest:
            if part == "--":
                words.extend(rest)
            elif part in values:
                given = list(islice(rest, values[part]))
                options += [part, *given]
                if len(given) < values[part]:
                    return options  # which Click refuses; it would take `--` for the value
            elif part == "-" or not part.startswith("-") or _is_word(part, known):
                words.append(part)
            else:
                options.append(part)
        return [*options, "--", *words] if args else args


def _is_word(part: str, known: dict[str, Any]) -> bool:
    """Whether an argument that begins with a dash is a word of the question."""
    if part.startswith("--") or len(part) < 3:
        return False
    option = known.get(part[:2])
    return option is None or getattr(option, "is_flag", False) or _VALUE.fullmatch(part[2:]) is None
