"""One thing that was looked at: how it is, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from engine.errors import WinnowError
from engine.refusals import remedy_of

Area = Literal["environment", "models", "home", "disk", "service"]
State = Literal["ok", "warning", "problem"]
Look = Callable[[], Iterable["Finding"]]


@dataclass(frozen=True, slots=True)
class Finding:
    """`name` says what was looked at, `message` how it is; `remedy` is empty where there is nothing to do."""

    area: Area
    name: str
    state: State
    message: str
    remedy: str = ""


def looked_at(area: Area, name: str, look: Look) -> Iterator[Finding]:
    """The findings of `look`. An error ends the look and is one itself: a broken part must not hide the others."""
    try:
        yield from look()
    except WinnowError as error:
        yield Finding(area, name, "problem", error.message, error.remedy)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        yield Finding(area, name, "problem", f"{where}{error.strerror or error}.", remedy_of(error))
    except Exception as error:  # whatever it is: this command is asked when something is wrong
        said = f"It could not be looked at: {type(error).__name__}: {error}."
        yield Finding(area, name, "problem", said, "If the lines above do not explain it, report it with this line.")
