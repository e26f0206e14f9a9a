"""Errors that libraries raise over a damaged file, as the one typed error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from engine.errors import StoreDamaged, WinnowError

_PANIC = "PanicException"  # of Rust's libraries by PyO3: a BaseException whose class cannot be imported


@contextmanager
def damage_typed(message: str, remedy: str) -> Iterator[None]:
    """Raise StoreDamaged in place of whatever a library raises that reads a file: no two of them say it in the
    same way.

    Typed errors, and what ends a program on purpose, pass.
    """
    try:
        yield
    except WinnowError:
        raise
    except BaseException as error:
        if not is_failure(error):
            raise
        raise StoreDamaged(f"{message}: {error!r:.300}.", remedy) from error


def is_failure(error: BaseException) -> bool:
    """Whether it tells of a failure, and is no wish to end, such as KeyboardInterrupt."""
    return isinstance(error, Exception) or type(error).__name__ == _PANIC
