"""The optional packages of the office formats: without them a file fails, and says what to install."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from engine.errors import DependencyMissing, ParseFailed


@contextmanager
def or_failed() -> Iterator[None]:
    """A missing package inside the block is a failure of this file alone."""
    try:
        yield
    except DependencyMissing as error:
        raise ParseFailed(error.message, error.remedy) from error
