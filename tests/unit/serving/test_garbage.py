"""Every process of the service looks for garbage seldom, as the command does."""

from __future__ import annotations

import gc
import runpy
import sys
from collections.abc import Iterator

import pytest

from engine.child import collect_rarely


class Called(Exception):
    """What the process does first."""


@pytest.fixture(autouse=True)
def thresholds() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


def test_it_is_looked_for_seldom() -> None:
    collect_rarely()
    assert gc.get_threshold()[0] > 100_000


@pytest.mark.parametrize("module", ["api.serving.worker", "api.inference", "indexer.reading.worker"])
def test_every_process_begins_with_it(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def called() -> None:
        raise Called

    monkeypatch.setattr("engine.child.collect_rarely", called)
    monkeypatch.setattr(sys, "argv", [module])
    with pytest.raises(Called):
        runpy.run_module(module, run_name="__main__", alter_sys=True)
