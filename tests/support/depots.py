"""Depots whose work is cut short."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine.store.backups.depot import Depot


def steps_of_depots(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A list of one number, to be set: how many files depots still write or remove before KeyboardInterrupt."""
    left = [0]

    def counted(method: Callable[..., None]) -> Callable[..., None]:
        def run(*arguments: Any) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise KeyboardInterrupt
            method(*arguments)

        return run

    for name in ("remove", "write"):
        monkeypatch.setattr(Depot, name, counted(getattr(Depot, name)))
    return left
